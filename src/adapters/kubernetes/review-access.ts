import type { AccessAnswer, AccessQuestion } from '../../ports/cluster.ts';
import type { ApiRequest, ApiServer } from './api-server.ts';
import { requestFailed } from './status.ts';

interface ReviewStatus {
  allowed?: boolean;
  evaluationError?: string;
}

const apiVersion = 'authorization.k8s.io/v1';
const kind = 'SelfSubjectAccessReview';

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export async function reviewAccess(
  server: ApiServer,
  question: AccessQuestion,
  during: Pick<ApiRequest, 'signal'>,
): Promise<AccessAnswer> {
  const response = await server.request({
    method: 'POST',
    path: `/apis/${apiVersion}/selfsubjectaccessreviews`,
    body: { apiVersion, kind, spec: specOf(question) },
    ...during,
  });
  if (response.status !== 201) throw requestFailed(kind, 'create', response);
  const { allowed, evaluationError } = (response.body as { status?: ReviewStatus }).status ?? {};
  if (allowed) return { kind: 'yes' };
  if (allowed === undefined) return { kind: 'unknown', reason: 'its answer has no status' };
  // An authorizer that failed may have been the one to say yes.
  return evaluationError ? { kind: 'unknown', reason: evaluationError } : { kind: 'no' };
}

function specOf(question: AccessQuestion): object {
  if ('path' in question) return { nonResourceAttributes: question };
  const { apiGroup: group, ...attributes } = question;
  return { resourceAttributes: { group, ...attributes } };
}
