import { describe, expect, test } from 'vitest';
import { deliveryFieldManager } from '../../../src/bundle/field-manager.ts';
import type { Fault } from '../../../src/local/fault.ts';
import { clusterBundle } from '../../../src/plan/plan-environment.ts';
import { type KubernetesObject, type ObjectId, objectId, objectKey } from '../../../src/ports/objects.ts';
import { read } from '../../support/delivery.ts';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import { forceFields, patchWithKubectl, replaceObject } from '../../support/somebody.ts';
import { revisions } from '../../support/upgrade.ts';
import type { Stop, Walk } from './walk.ts';

const revision = revisions.new;
const ingress = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-gateways', name: 'ingress' };
const validator = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  name: 'istiod-default-validator',
};
interface Webhook {
  clientConfig: { service: { name: string } };
}

const journal = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio-delivery-upgrade' };

export function routingFaults(story: () => Walk): void {
  /** Gives an object back what the running bundle says of it, and whom its fields belong to. */
  async function undo(id: ObjectId): Promise<void> {
    const { cluster, old } = story();
    const objects = clusterBundle(old, 'dev').stages.flatMap((stage) => stage.objects);
    const object = objects.find((candidate) => objectKey(objectId(candidate)) === objectKey(id));
    if (!object) throw new Error(`${id.name} is not in the bundle`);
    const options = { fieldManager: deliveryFieldManager, dryRun: false, force: true };
    expect(await cluster.apply(object, options)).toMatchObject({ kind: 'applied' });
  }

  describe('at its gateway switch', () => {
    test.each<[string, Fault, Stop]>([
      [
        'istiod is down',
        { kind: 'istiod', revision, failure: 'down' },
        { code: 'ProxiesNotSynced', reason: /proxies of revision 1-31-0-b cannot be listed .*istiod/ },
      ],
      [
        'a proxy never acknowledges',
        { kind: 'proxy', namespace: 'istio-gateways', name: 'egress', revision, failure: 'never-acknowledges' },
        { code: 'ProxiesNotSynced', reason: /egress-1-31-0-b: the proxy of pod egress-1-31-0-b-\S+ is not in sync: / },
      ],
    ])('stops when %s', async (_what, fault, stop) => {
      const { faults, stops, untouched } = story();
      await faults(fault);
      await stops('gateway-switch', stop);
      await untouched('gateway-switch');
    });

    test('stops when somebody has turned a gateway elsewhere meanwhile', async () => {
      const { cluster, faults, stops } = story();
      await faults();
      await forceFields(cluster, ingress, { spec: { selector: { app: 'mine' } } });
      await stops('gateway-switch', {
        result: 'refused',
        code: 'PlanMoved',
        reason:
          /^cluster dev is no longer as the plan found it, and nothing more was written: Service istio-gateways\/ingress: \.spec\.selector is now owned by "somebody"\. Have that undone and resume, or roll the upgrade back/,
      });
      await undo(ingress);
      await story().untouched('gateway-switch');
    });

    test('goes on when all that is cured', () => story().passes('gateway-switch'));
  });

  describe('at its default', () => {
    test('stops when istiod is down', async () => {
      const { faults, stops, untouched } = story();
      await faults({ kind: 'istiod', revision, failure: 'down' });
      await stops('default', {
        code: 'InjectorUnreachable',
        reason: /^the injector of revision 1-31-0-b of cluster dev does not answer as it must: /,
      });
      await untouched('default');
    });

    test('stops when somebody has edited the default validator meanwhile', async () => {
      const { embedded, cluster, faults, stops } = story();
      await faults();
      const { webhooks } = await read<KubernetesObject & { webhooks: Webhook[] }>(cluster, validator);
      const elsewhere = structuredClone(webhooks);
      for (const { clientConfig } of elsewhere) clientConfig.service.name = 'istiod';
      await patchWithKubectl(embedded, validator, { webhooks: elsewhere });
      await stops('default', {
        result: 'refused',
        code: 'PlanMoved',
        reason:
          /^cluster dev is no longer as the plan found it, and nothing more was written: ValidatingWebhookConfiguration istiod-default-validator was changed behind the plan \(.*service\.name.*\)\. Have that undone and resume/,
      });
      await patchWithKubectl(embedded, validator, { webhooks });
      await story().untouched('default');
    });

    test('stops when its journal cannot be written', async () => {
      const { embedded, faults, go, untouched } = story();
      const { name } = journal;
      await faults({ kind: 'api', verbs: ['patch'], resource: 'configmaps', name, failure: 'status', status: 500 });
      expect(await go('default', { connect: () => embedded.faultyCluster('dev') })).toMatchObject({
        result: 'failed',
        code: 'InternalError',
        reason: expect.stringMatching(/^ConfigMap istio-system\/istio-delivery-upgrade apply failed \(InternalError\)/),
      });
      await untouched('default');
    });

    test.each([
      [
        'is no JSON',
        'not mine',
        /istio-delivery-upgrade of cluster dev cannot be read: .*JSON.*restore it from a backup/,
      ],
      [
        'is not one',
        '{"state":"open"}',
        /istio-delivery-upgrade of cluster dev cannot be read: .*apiVersion.* got nothing; restore it/,
      ],
    ])('stops when its journal %s', async (_what, text, reason) => {
      const { cluster, run, untouched } = story();
      let before = '';
      await replaceObject(cluster, journal, ({ data }) => {
        const held = data as { journal: string };
        before = held.journal;
        held.journal = text;
      });
      for (const command of ['resume', 'rollback', 'status'] as const) {
        expect(await run(command)).toMatchObject({
          result: 'failed',
          code: 'ClusterStateUnreadable',
          reason: expect.stringMatching(reason),
        });
      }
      await replaceObject(cluster, journal, ({ data }) => Object.assign(data as object, { journal: before }));
      await untouched('default');
    });

    test('goes on when all that is cured', () => story().passes('default'));
  });

  describe('in the end', () => {
    test('has upgraded the mesh', async () => {
      expect(await story().run('resume')).toMatchObject({ result: 'upgraded' });
    });

    test('can still be rolled back to how everything was', async () => {
      const { cluster, run, first } = story();
      expect(await run('rollback')).toMatchObject({ result: 'rolled back' });
      // What was done to this namespace on the way was its owner's.
      await replaceObject(cluster, { apiVersion: 'v1', kind: 'Namespace', name: 'payments' }, ({ metadata }) => {
        const { 'istio-injection': injection, ...labels } = metadata.labels ?? {};
        expect(injection).toBe('enabled');
        Object.assign(metadata, { labels, annotations: {} });
      });
      expect(await meshSnapshot(cluster)).toEqual(first);
    });
  });
}
