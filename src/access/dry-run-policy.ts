import type { KubernetesObject } from '../ports/objects.ts';
import type { AccessAccounts } from './access-accounts.ts';

/**
 * What keeps the look account from writing although a server-side dry run needs the verbs of a write: nothing it sends is
 * admitted unless it is a dry run. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 *
 * Policies do not apply to policies and their bindings, so RBAC withholds those.
 */
export function dryRunPolicy(accounts: AccessAccounts, controlPlane: string): KubernetesObject[] {
  const { namespace, names } = accounts;
  const name = `${names.look}-dry-run`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const username = `system:serviceaccount:${namespace}:${names.look}`;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
        },
        matchConditions: [{ name: 'look-account', expression: `request.userInfo.username == ${quoted(username)}` }],
        validations: [
          {
            expression: ['request.dryRun', ...storesNothing(controlPlane)].join(' || '),
            message: `${username} may look and dry-run; it may not change anything. Use the account that promotes`,
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** What istioctl proxy-status does, which has no dry run. */
function storesNothing(controlPlane: string): string[] {
  const here = `request.namespace == ${quoted(controlPlane)}`;
  const about = (resource: string, subresource: string) =>
    `request.resource.resource == ${quoted(resource)} && request.subResource == ${quoted(subresource)}`;
  return [
    `(${about('pods', 'portforward')} && ${here})`,
    `(${about('serviceaccounts', 'token')} && request.name == 'default' && ${here})`,
  ];
}

/** As CEL writes a string; names of Kubernetes have nothing to escape. */
function quoted(text: string): string {
  return `'${text}'`;
}
