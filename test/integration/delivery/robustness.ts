import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readStoredBundle } from '../../../src/apply/stored-bundle.ts';
import { meshLabel } from '../../../src/bundle/labels.ts';
import { promotionRecordName, readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { saveBundle, unschedulable, withStages } from '../../support/acme.ts';
import { deciding } from '../../support/bundles.ts';
import { deliverTo, read, silent } from '../../support/delivery.ts';
import { commandLine } from '../../support/embedded.ts';
import { runProcess } from '../../support/run-process.ts';
import { deleteObject, replaceObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const labels = { [meshLabel]: 'acme' };

function configMap(name: string, namespace = 'shop'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: {} };
}

export function robustness(story: () => Story): void {
  describe('a promotion', () => {
    test('that is stopped ends after the writes that are on their way', async () => {
      const { delivery, bundle } = story();
      const next = withStages(bundle, 'dev', {
        config: (objects) => [...objects, ...['one', 'two', 'three'].map((name) => configMap(name))],
      });
      const stop = new AbortController();
      const { outcome, writes } = await delivery.promote(next, {
        signal: stop.signal,
        before: async ({ object }) => {
          if (!object.startsWith('ConfigMap shop/')) return;
          stop.abort(new Error('stopped'));
          await sleep(300);
        },
      });
      expect(outcome).toMatchObject({ result: 'failed', code: 'Interrupted' });
      // The lock is given back after the last write, and nothing is written after that.
      const last = { verb: 'replace', object: 'Lease istio-system/istio-delivery' };
      expect(writes.at(-1)).toEqual(last);
      await sleep(500);
      expect(writes.at(-1)).toEqual(last);
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('that is interrupted by a signal ends with exit code 130 and a record, and gives the lock back', async () => {
      const { embedded, bundle, delivery } = story();
      const next = unschedulable(bundle, 'egress');
      const record = join(embedded.home, 'interrupted.json');
      let interrupted = false;
      const { code, stderr } = await runProcess(
        [
          ...[commandLine, 'promote', '--bundle', await saveBundle(next, join(embedded.home, 'unschedulable'))],
          ...['--environment', 'dev', '--record', record],
        ],
        {
          env: embedded.environment,
          onOutput: (printed, kill) => {
            // A second one would not wait for a safe point.
            if (interrupted || !printed.includes('waits for Deployment istio-gateways/egress-1-31-0')) return;
            interrupted = true;
            kill('SIGINT');
          },
        },
      );
      expect({ code, stderr }).toMatchObject({ code: 130 });
      expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({
        result: 'interrupted',
        clusters: [{ cluster: 'dev', result: 'failed', code: 'Interrupted', kind: 'interrupted' }],
      });
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('fails at once when what it waits for is deleted', async () => {
      const { bundle, delivery, cluster } = story();
      const egress = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-gateways', name: 'egress-1-31-0' };
      let deleted = false;
      const { outcome } = await delivery.promote(unschedulable(bundle, 'egress'), {
        reporter: {
          ...silent,
          progress: (text) => {
            if (deleted || !text.includes('waits for Deployment istio-gateways/egress')) return;
            deleted = true;
            void deleteObject(cluster, egress);
          },
        },
      });
      expect(outcome).toMatchObject({
        code: 'NotReady',
        reason: expect.stringContaining('Deployment istio-gateways/egress-1-31-0 is not ready: it was deleted'),
      });
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('is not even planned where the record of the last one cannot be read', async () => {
      const { bundle, delivery, cluster } = story();
      const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: promotionRecordName };
      const { data } = await read(cluster, id);
      await replaceObject(cluster, id, (object) => {
        object.data = { record: '{' };
      });
      await expect(delivery.plan(bundle)).rejects.toMatchObject({
        code: 'ClusterStateUnreadable',
        message: expect.stringContaining(
          'ConfigMap istio-system/istio-delivery-promotion of cluster dev cannot be read',
        ),
      });
      await replaceObject(cluster, id, (object) => {
        object.data = data;
      });
    });

    test('waits until the API server knows what an object stands on, which was just made', async () => {
      const { cluster, bundle } = story();
      let refused = 0;
      // What an API server of several says until it has heard of something new.
      const late: Cluster = {
        ...cluster,
        async apply(object, options) {
          if (object.kind === 'ConfigMap' && object.metadata.namespace === 'late' && refused < 4) {
            refused += 1;
            return { kind: 'absent', missing: 'namespace' };
          }
          return cluster.apply(object, options);
        },
      };
      const next = withStages(bundle, 'dev', {
        namespaces: (objects) => [
          ...objects,
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'late', labels } },
        ],
        config: (objects) => [...objects, configMap('late', 'late')],
      });
      expect((await deliverTo(late, 'dev').promote(next)).outcome).toMatchObject({ result: 'promoted' });
      expect((await deliverTo(cluster, 'dev').promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('keeps this bundle and the one before apart, also where their objects are the same', async () => {
      const { delivery, bundle, cluster } = story();
      const other = deciding(bundle, { health: { settle: 61 } });
      expect((await delivery.promote(other)).outcome).toMatchObject({ result: 'promoted' });
      const record = await readPromotionRecord(cluster, 'istio-system');
      const { current = expect.fail('no bundle'), previous = expect.fail('no bundle before') } = record ?? {};
      const [now, before] = await Promise.all(
        [current, previous].map((promoted) => readStoredBundle(cluster, 'istio-system', promoted)),
      );
      expect(now?.manifest.digest).toBe(other.manifest.digest);
      expect(before?.manifest.digest).toBe(bundle.manifest.digest);
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });
  });
}
