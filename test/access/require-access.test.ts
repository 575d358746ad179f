import { describe, expect, test } from 'vitest';
import { orAllMissing, requireAccess, unlessForbidden } from '../../src/access/require-access.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { AccessQuestion, ApplyResult, Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { facts } from '../support/access-facts.ts';
import { bundleOf } from '../support/bundles.ts';

const forbidden = (message: string) => new DeliveryError(message, { code: 'Forbidden' });

interface Account {
  may?: (question: Exclude<AccessQuestion, { path: string }>) => boolean;
  /** What comes of the dry run of a role. */
  dryRun?: (object: KubernetesObject) => ApplyResult;
}

/** A cluster to which nothing was promoted, and an account that may do this. */
function clusterFor({ may = () => true, dryRun = applied }: Account): Cluster {
  return {
    name: 'dev',
    get: async () => undefined,
    serves: async () => false,
    mayI: async (question: AccessQuestion) => ({ kind: 'path' in question || may(question) ? 'yes' : 'no' }),
    apply: async (object: KubernetesObject) => dryRun(object),
  } as unknown as Cluster;
}

function applied(object: KubernetesObject): ApplyResult {
  return { kind: 'applied', object, warnings: [] };
}

const { manifest, clusters } = bundleOf({ dev: [{ stage: 'base', objects: [...facts().objects] }] });
const part = { manifest, bundle: clusters['dev'] ?? expect.fail('no bundle') };
const notAll = ({ verb }: { verb: string }) => verb !== '*';

describe('the rights that a command needs', () => {
  test('are there for an administrator', async () => {
    await requireAccess(clusterFor({}), 'promote', part);
  });

  test('are listed, where they are missing, as rules by place', async () => {
    const may = ({ verb, resource, subresource }: { verb: string; resource: string; subresource?: string }) =>
      notAll({ verb }) &&
      resource !== 'leases' &&
      !(verb === 'get' && resource === 'nodes') &&
      subresource === undefined;
    const failure = await requireAccess(clusterFor({ may }), 'promote', part).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'AccessMissing', kind: 'refused', retryable: false });
    expect((failure as Error).message).toBe(
      `this account lacks rights that promote needs in cluster dev, and nothing was written. Add these rules, or apply what istio-delivery access prints:
ClusterRole:
# why a pod is not ready: its node
- apiGroups: ['']
  resources: [nodes]
  verbs: [get]
Role in namespace istio-system:
# the lock: taken, renewed and given back
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [istio-delivery]
  verbs: [get, update]
# the lock
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
# the signatures of record and journal
- apiGroups: ['']
  resources: [serviceaccounts/token]
  resourceNames: [istio-delivery-state]
  verbs: [create]`,
    );
  });

  describe('to give rights', () => {
    const may = ({ verb }: { verb: string }) => notAll({ verb }) && verb !== 'escalate' && verb !== 'bind';

    test('are not needed where the dry run of the roles is accepted', async () => {
      await requireAccess(clusterFor({ may }), 'promote', part);
    });

    test('are missing for what the dry run refuses, and for that alone', async () => {
      const dryRun = (object: KubernetesObject): ApplyResult => {
        if (object.kind === 'ClusterRole') throw forbidden('attempting to grant RBAC permissions not currently held');
        return applied(object);
      };
      const refused = requireAccess(clusterFor({ may, dryRun }), 'promote', part);
      await expect(refused).rejects.toThrow(/resourceNames: \[istiod\]\n {2}verbs: \[escalate\]$/);
    });

    describe('are not learnt from the dry run of a binding whose role is to come', () => {
      const absent = (object: KubernetesObject): ApplyResult =>
        object.kind.endsWith('Binding') ? { kind: 'absent', missing: 'namespace' } : applied(object);

      test('but from that of the role: refused, both are missing', async () => {
        const dryRun = (object: KubernetesObject): ApplyResult => {
          if (object.kind === 'ClusterRole') throw forbidden('attempting to grant RBAC permissions not currently held');
          return absent(object);
        };
        const refused = requireAccess(clusterFor({ may, dryRun }), 'promote', part);
        await expect(refused).rejects.toThrow(/verbs: \[escalate\]\n.*verbs: \[bind\]$/s);
      });

      test('but from that of the role: accepted without the right to escalate, neither is', async () => {
        await requireAccess(clusterFor({ may, dryRun: absent }), 'promote', part);
      });

      test('and the right to bind is missing where only that to escalate is there', async () => {
        const mayEscalate = ({ verb }: { verb: string }) => notAll({ verb }) && verb !== 'bind';
        const refused = requireAccess(clusterFor({ may: mayEscalate, dryRun: absent }), 'promote', part);
        await expect(refused).rejects.toThrow(/resourceNames: \[istiod\]\n {2}verbs: \[bind\]$/);
      });
    });

    test('are none of this where a dry run is refused for something else', async () => {
      const dryRun = (): ApplyResult => {
        throw forbidden('quota');
      };
      await requireAccess(clusterFor({ may, dryRun }), 'promote', part);
    });
  });
});

describe('a right that is missing before they are asked for', () => {
  const all = new DeliveryError('all of them', { code: 'AccessMissing' });

  test('is told with all that are missing', async () => {
    const ask = () => Promise.reject(all);
    await expect(orAllMissing(ask, () => Promise.reject(forbidden('one')))).rejects.toBe(all);
  });

  test('is told alone where no other is', async () => {
    const one = forbidden('one');
    await expect(
      orAllMissing(
        async () => undefined,
        () => Promise.reject(one),
      ),
    ).rejects.toBe(one);
  });

  test('is not asked for where something else failed', async () => {
    const other = new DeliveryError('away', { code: 'ClusterUnreachable' });
    await expect(
      orAllMissing(
        () => expect.fail(),
        () => Promise.reject(other),
      ),
    ).rejects.toBe(other);
    await expect(unlessForbidden(1, () => Promise.reject(other))).rejects.toBe(other);
    expect(await unlessForbidden(1, () => Promise.reject(forbidden('no')))).toBe(1);
  });
});
