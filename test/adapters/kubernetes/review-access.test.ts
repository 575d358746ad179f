import { describe, expect, test } from 'vitest';
import type { ApiRequest, ApiServer } from '../../../src/adapters/kubernetes/api-server.ts';
import { reviewAccess } from '../../../src/adapters/kubernetes/review-access.ts';

/** An API server that gives one answer; with the body that it was sent. */
function answering(status: number, body: object) {
  const sent: ApiRequest[] = [];
  const server = {
    address: 'https://api.example',
    async request(request: ApiRequest) {
      sent.push(request);
      return { status, body, warnings: [] };
    },
  } as unknown as ApiServer;
  return { server, sent };
}

const question = { verb: 'create', apiGroup: '', resource: 'pods', subresource: 'portforward', namespace: 'shop' };

describe('a review of access', () => {
  test('asks as Kubernetes wants it, about resources and paths', async () => {
    const { server, sent } = answering(201, { status: { allowed: true } });
    expect(await reviewAccess(server, question, {})).toEqual({ kind: 'yes' });
    await reviewAccess(server, { verb: 'get', path: '/openid/v1/jwks' }, {});
    expect(sent.map(({ body }) => (body as { spec: object }).spec)).toEqual([
      {
        resourceAttributes: {
          group: '',
          verb: 'create',
          resource: 'pods',
          subresource: 'portforward',
          namespace: 'shop',
        },
      },
      { nonResourceAttributes: { verb: 'get', path: '/openid/v1/jwks' } },
    ]);
  });

  test.each([
    [{ allowed: false }, { kind: 'no' }],
    [{ allowed: false, denied: true }, { kind: 'no' }],
    [undefined, { kind: 'unknown', reason: 'its answer has no status' }],
    [
      { allowed: false, evaluationError: 'webhook: timeout' },
      { kind: 'unknown', reason: 'webhook: timeout' },
    ],
    // Another authorizer has said yes.
    [{ allowed: true, evaluationError: 'role "gone" not found' }, { kind: 'yes' }],
  ])('says of %j: %j', async (status, answer) => {
    expect(await reviewAccess(answering(201, { status }).server, question, {})).toEqual(answer);
  });

  test('that is forbidden is an error of its own', async () => {
    const { server } = answering(403, { kind: 'Status', reason: 'Forbidden', message: 'no' });
    await expect(reviewAccess(server, question, {})).rejects.toMatchObject({ code: 'Forbidden' });
  });
});
