import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockDuration } from '../../../src/apply/lease.ts';
import { readStoredBundle } from '../../../src/apply/stored-bundle.ts';
import { clusterDigest, stageDigests } from '../../../src/bundle/bundle-digest.ts';
import { policyOf } from '../../../src/bundle/policy.ts';
import { leaseName, readInventory, readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { clusterBundle } from '../../../src/plan/plan-environment.ts';
import { formatObjectId, objectId, objectKey } from '../../../src/ports/objects.ts';
import { read } from '../../support/delivery.ts';
import { commandLine } from '../../support/embedded.ts';
import { runProcess } from '../../support/run-process.ts';
import type { Story } from '../../support/story.ts';
import type { Write } from '../../support/watched-cluster.ts';

const namespace = 'istio-system';

export function firstPromotion(story: () => Story): void {
  describe('a first promotion', () => {
    let plan: Plan;
    const written: string[] = [];
    const ofBundle = (writes: Write[]) => {
      const objects = clusterBundle(story().bundle, 'dev').stages.flatMap((stage) => stage.objects);
      const names = new Set(objects.map((object) => formatObjectId(objectId(object))));
      return writes.flatMap(({ verb, object }) => (verb === 'apply' && names.has(object) ? [object] : []));
    };

    test('that is interrupted leaves its plan in progress and gives the lock back', async () => {
      const { delivery, bundle, cluster } = story();
      plan = await delivery.plan(bundle);
      const stop = new AbortController();
      let count = 0;
      const { outcome, writes } = await delivery.promote(bundle, {
        plan,
        signal: stop.signal,
        before: () => {
          count += 1;
          if (count === 20) stop.abort(new Error('interrupted'));
        },
      });
      expect(outcome).toMatchObject({ result: 'failed', code: 'Interrupted', kind: 'interrupted' });
      written.push(...ofBundle(writes));
      expect(written.length).toBeGreaterThan(5);
      const record = await readPromotionRecord(cluster, namespace);
      expect(record).toMatchObject({ inProgress: { bundle: bundle.manifest.digest, plan: plan.digest } });
      expect(record).not.toHaveProperty('current');
      const lease = await read(cluster, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        namespace,
        name: leaseName,
      });
      expect(lease.spec).toMatchObject({ holderIdentity: '' });
    });

    test('that is killed resumes with the same plan and approval, and its dead lock is taken over', async () => {
      const { embedded, bundlePath, delivery, bundle } = story();
      const planFile = join(embedded.home, 'plan.json');
      await writeFile(planFile, JSON.stringify(plan));
      const words = [
        ...['promote', '--bundle', bundlePath, '--environment', 'dev', '--plan', planFile, '--approve', plan.digest],
        ...['--record', join(embedded.home, 'killed.json')],
      ];
      const killed = await runProcess([commandLine, ...words], {
        env: embedded.environment,
        onOutput: (printed, kill) => {
          if (printed.includes('dev · revision')) kill('SIGKILL');
        },
      });
      expect(killed.code).toBeNull();
      await expect(readFile(join(embedded.home, 'killed.json'))).rejects.toThrow('ENOENT');

      const died = Date.now();
      const { outcome, writes } = await delivery.promote(bundle, { plan });
      expect(Date.now() - died).toBeGreaterThan(lockDuration / 2);
      expect(outcome).toMatchObject({ result: 'promoted' });
      const again = ofBundle(writes);
      expect(again.length).toBeGreaterThan(0);
      expect(again.filter((object) => written.includes(object))).toEqual([]);
    });

    test('leaves the record, the inventory and the bundle in the cluster', async () => {
      const { cluster, bundle } = story();
      const record = await readPromotionRecord(cluster, namespace);
      expect(record).toEqual({
        apiVersion: 'istio-delivery/v1',
        mesh: 'acme',
        environment: 'dev',
        cluster: 'dev',
        promotions: 1,
        current: {
          bundle: bundle.manifest.digest,
          istio: { version: '1.31.0', revision: '1-31-0' },
          policy: policyOf(bundle.manifest),
          chunks: expect.any(Array),
          since: expect.any(String),
          plan: plan.digest,
        },
      });
      const objects = clusterBundle(bundle, 'dev').stages.flatMap((stage) => stage.objects);
      const inventory = await readInventory(cluster, namespace);
      expect(inventory.map(({ id }) => objectKey(id)).sort()).toEqual(
        objects.map((object) => objectKey(objectId(object))).sort(),
      );
      for (const { id, uid } of inventory) expect((await read(cluster, id)).metadata.uid).toBe(uid);

      const stored = await readStoredBundle(cluster, namespace, record?.current ?? expect.fail('nothing is promoted'));
      expect(stored.manifest).toEqual(bundle.manifest);
      const digests = stageDigests(stored.bundle.stages);
      expect(clusterDigest(digests)).toBe(bundle.clusters.dev?.digest);
    });
  });
}
