import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { ClusterUpgrade } from '../../../src/upgrade/cluster-upgrade.ts';
import { restartOf } from '../../../src/upgrade/workloads/workload-restart.ts';
import { read, silent } from '../../support/delivery.ts';
import { meshView } from '../../support/mesh-view.ts';
import { tracesOf } from '../../support/revision-traces.ts';
import { deleteObject } from '../../support/somebody.ts';
import { until } from '../../support/until.ts';
import { applyAsTeam, renderRevision, revisions, teamDeployment, upgradeTo } from '../../support/upgrade.ts';
import { deployReady, type UpgradeStory } from '../../support/upgrade-story.ts';
import { amendedRule, requestsOf, withRequests } from './amendments.ts';

/** The way goes from the newer name to the older one now: to an upgrade a revision is a name. */
const { new: from, old: to } = revisions;

const doomed = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'doomed' };
const closing = { apiVersion: 'v1', kind: 'Namespace', name: 'closing' };

export function inMotion(story: () => UpgradeStory): void {
  describe('an upgrade of a mesh that does not stand still', () => {
    let bundle: Bundle;
    let moved: ClusterUpgrade;

    test('soaks after a group: a run that will not wait so long ends, and says until when', async () => {
      const { embedded, cluster } = story();
      bundle = await renderRevision(embedded, to, {
        group: (name) => (name === 'canary' ? 'soak: 14s, batch: 2' : 'batch: 2'),
      });
      await applyAsTeam(cluster, [namespaceOf('closing')]);
      await deployReady(cluster, [teamDeployment('closing', 'web'), teamDeployment('shop', 'doomed')]);
      // An autoscaler takes up to 15 seconds to make the gateways as large as they were.
      await upgradeTo(embedded, bundle).run('start', { until: 'gateways' });
      const outcome = await upgradeTo(embedded, bundle).run('resume', { timeout: 12_000 });
      const soakUntil = outcome.journal?.steps.find(({ step }) => step === 'group:canary')?.soakUntil;
      expect(outcome).toMatchObject({
        result: 'stopped',
        code: 'Soaking',
        reason: `upgrade of cluster dev soaks after group:canary until ${soakUntil}; resume then, it goes on by itself`,
      });
      expect((await meshView(cluster)).proxies).toMatchObject({ payments: [to], shop: [from] });
    });

    test('waits for the rest of the soak where it has the time', async () => {
      const { embedded } = story();
      const told: string[] = [];
      const reporter = { ...silent, progress: (text: string) => void told.push(text) };
      const upgrade = upgradeTo(embedded, bundle);
      const { journal } = await upgrade.run('resume', { until: 'group:canary', reporter });
      const entry = journal?.steps.find(({ step }) => step === 'group:canary');
      expect(entry).toMatchObject({ status: 'done' });
      expect((entry?.finished ?? '') >= (entry?.soakUntil ?? '-')).toBe(true);
      expect(told).toContainEqual(expect.stringMatching(/^dev · group:canary: soaks for \d+ s more$/));
    });

    test('takes along what comes, and lets go what goes, while its group moves', async () => {
      const { embedded, cluster } = story();
      // It will not come up on the new revision, so it is on its way until somebody deletes it.
      await embedded.faults('dev', {
        kind: 'pod',
        namespace: 'shop',
        name: 'doomed',
        revision: to,
        failure: 'never-ready',
      });
      await applyAsTeam(cluster, [namespaceOf('arriving')]);
      await deployReady(cluster, [teamDeployment('arriving', 'web')]);
      const run = upgradeTo(embedded, bundle).run('resume');
      await until('the doomed workload rolls', async () => restartOf(await read(cluster, doomed)) !== undefined);
      await applyAsTeam(cluster, [namespaceOf('surprise')]);
      await applyAsTeam(cluster, [teamDeployment('surprise', 'web'), teamDeployment('shop', 'late')]);
      await deleteObject(cluster, closing);
      await deleteObject(cluster, doomed);
      moved = await run;
      await embedded.faults('dev');
      expect(moved).toMatchObject({ result: 'upgraded' });
      await until('the closing namespace is gone', async () => (await cluster.get(closing)) === undefined);
      expect((await meshView(cluster)).proxies).toEqual({
        payments: [to],
        catalog: [to],
        shop: [to],
        arriving: [to],
        surprise: [to],
      });
      expect(Object.keys(moved.journal?.groups.main ?? {}).sort()).toEqual(
        expect.arrayContaining(['arriving', 'catalog', 'shop', 'surprise']),
      );
    });

    test('keeps configuration that was promoted meanwhile when it is finished', async () => {
      const { embedded, cluster, delivery } = story();
      const amended = withRequests(bundle, 777);
      expect((await delivery.promote(amended)).outcome).toMatchObject({ result: 'promoted' });
      const finished = await upgradeTo(embedded, amended).run('finish');
      expect(finished).toMatchObject({ result: 'finished' });
      expect(requestsOf(await read(cluster, amendedRule))).toBe(777);
      expect((await delivery.promote(amended)).outcome).toMatchObject({ result: 'unchanged' });
      // The example's own EnvoyFilter is bound to this revision.
      expect(await tracesOf(cluster, from)).toEqual([]);
    });
  });
}

function namespaceOf(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'istio.io/rev': 'prod-main' } } };
}
