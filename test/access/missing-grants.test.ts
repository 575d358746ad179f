import { describe, expect, test } from 'vitest';
import type { ResourceGrant } from '../../src/access/grant.ts';
import { missingGrants } from '../../src/access/missing-grants.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { AccessAnswer, AccessQuestion, Cluster, ObjectType } from '../../src/ports/cluster.ts';

type Answers = (question: AccessQuestion) => AccessAnswer;

/** An API server that answers so; with the questions that it was asked. */
function asked(answer: Answers, serves: (type: ObjectType) => boolean = () => true) {
  const questions: AccessQuestion[] = [];
  const cluster = {
    name: 'dev',
    serves: async (type: ObjectType) => serves(type),
    async mayI(question: AccessQuestion) {
      questions.push(question);
      return answer(question);
    },
  } as unknown as Cluster;
  return { cluster, questions };
}

const no: AccessAnswer = { kind: 'no' };
const yes: AccessAnswer = { kind: 'yes' };
const answering =
  (isYes: (question: Exclude<AccessQuestion, { path: string }>) => boolean): Answers =>
  (question) =>
    'path' in question || isYes(question) ? yes : no;

function grant(overrides: Partial<ResourceGrant> = {}): ResourceGrant {
  return { verbs: ['get'], apiGroup: '', resource: 'pods', why: 'reason', ...overrides };
}

describe('what an account lacks', () => {
  test('is asked of an administrator with one question', async () => {
    const { cluster, questions } = asked(() => yes);
    expect(await missingGrants(cluster, [grant(), grant({ resource: 'nodes', namespace: 'web' })])).toEqual([]);
    expect(questions).toEqual([{ verb: '*', apiGroup: '*', resource: '*' }]);
  });

  test('is asked of a path too, where an administrator of resources is none of paths', async () => {
    const path = { verbs: ['get'], path: '/openid/v1/jwks', why: 'reason' } as const;
    const { cluster } = asked((question) => ('path' in question ? no : yes));
    expect(await missingGrants(cluster, [path])).toEqual([path]);
  });

  test('is nothing where a right in all namespaces covers each of many, with one question', async () => {
    const inAll: Answers = answering(({ verb, namespace }) => verb !== '*' && namespace === undefined);
    const { cluster, questions } = asked(inAll);
    const grants = ['shop', 'web', 'bank', 'mail'].map((namespace) => grant({ namespace }));
    expect(await missingGrants(cluster, grants)).toEqual([]);
    expect(questions.slice(1)).toEqual([{ verb: 'get', apiGroup: '', resource: 'pods' }]);
  });

  test('is asked of one or two namespaces, and of one or two names, without that', async () => {
    const { cluster, questions } = asked(answering(({ verb }) => verb !== '*'));
    await missingGrants(cluster, [grant({ namespace: 'shop' }), grant({ namespace: 'web', names: ['one'] })]);
    expect(questions.slice(1)).toEqual([
      { verb: 'get', apiGroup: '', resource: 'pods', namespace: 'shop' },
      { verb: 'get', apiGroup: '', resource: 'pods', namespace: 'web', name: 'one' },
    ]);
  });

  test('is told by verb and namespace', async () => {
    const { cluster } = asked(answering(({ verb, namespace }) => verb === 'get' && namespace === 'shop'));
    const grants = [grant({ verbs: ['get', 'list'], namespace: 'shop' }), grant({ namespace: 'web' })];
    expect(await missingGrants(cluster, grants)).toEqual([
      grant({ verbs: ['list'], namespace: 'shop' }),
      grant({ namespace: 'web' }),
    ]);
  });

  test('is nothing where each of the names is allowed', async () => {
    const { cluster } = asked(answering(({ name }) => name === 'default' || name === 'other'));
    expect(await missingGrants(cluster, [grant({ names: ['default', 'other'], namespace: 'shop' })])).toEqual([]);
    expect(await missingGrants(cluster, [grant({ names: ['default', 'third'] })])).toHaveLength(1);
  });

  test('asks of a subresource as Kubernetes does', async () => {
    const { cluster, questions } = asked(() => no);
    await missingGrants(cluster, [grant({ resource: 'pods/portforward', namespace: 'shop' })]);
    expect(questions.at(-1)).toEqual({
      verb: 'get',
      apiGroup: '',
      resource: 'pods',
      subresource: 'portforward',
      namespace: 'shop',
    });
  });

  test('has nothing of types that the cluster does not serve', async () => {
    const grants = [grant({ when: 'Gateway API' }), grant({ resource: 'rollouts', when: 'Argo Rollouts' })];
    const { cluster } = asked(
      () => no,
      ({ kind }) => kind === 'Rollout',
    );
    expect(await missingGrants(cluster, grants)).toEqual(grants.slice(1));
  });

  test('is not guessed where the API server cannot say, nor where it may not be asked', async () => {
    const { cluster } = asked(() => ({ kind: 'unknown', reason: 'webhook authorizer: timeout' }));
    await expect(missingGrants(cluster, [grant()])).rejects.toMatchObject({
      code: 'AccessUnknown',
      kind: 'refused',
      message: expect.stringMatching(
        /does not know what this account may do: webhook authorizer: timeout; nothing was written/,
      ),
    });
    const { cluster: silent } = asked(() => {
      throw new DeliveryError('SelfSubjectAccessReview create failed (Forbidden)', { code: 'Forbidden' });
    });
    await expect(missingGrants(silent, [grant()])).rejects.toMatchObject({
      code: 'AccessUnknown',
      message: expect.stringContaining('Bind ClusterRole system:basic-user'),
    });
  });
});
