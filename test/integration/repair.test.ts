import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeBundle } from '../../src/adapters/files/write-bundle.ts';
import {
  inventoryName,
  promotionRecordName,
  readInventory,
  readPromotionRecord,
} from '../../src/plan/cluster-state.ts';
import { upgradeJournalName } from '../../src/plan/open-upgrade.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { RepairPlan } from '../../src/repair/repair-plan.ts';
import { readJournal } from '../../src/upgrade/keep-journal.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { repairOf } from '../support/repair.ts';
import { deleteObject, patchWithKubectl } from '../support/somebody.ts';
import { revisions, upgradeTo } from '../support/upgrade.ts';
import { beginUpgradeStory, type UpgradeStory } from '../support/upgrade-story.ts';

const namespace = 'istio-system';
const idOf = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const recordId = idOf(promotionRecordName);
const inventoryId = idOf(inventoryName);
const journalId = idOf(upgradeJournalName);

/** Everything that a cluster knows of its promotions stands in ConfigMaps, and those get lost. */
describe('repair of the state of a cluster', () => {
  let embedded: Embedded;
  let story: UpgradeStory;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginUpgradeStory(embedded);
  });

  afterAll(() => embedded?.stop());

  const repair = (which: 'old' | 'new' = 'old') => repairOf(story.cluster, 'dev', story.bundles[which]);
  const rewrite = (id: typeof recordId, data: Record<string, string | null>) =>
    patchWithKubectl(embedded, id, { data });
  const promote = async (bundle = story.bundles.old) => (await story.delivery.promote(bundle)).outcome;
  const writesOf = async () => (await repair().plan()).clusters[0]?.writes.map(({ document }) => document);

  /** Carries the repair out, and expects that it wrote nothing but state. */
  const repaired = async (which: 'old' | 'new' = 'old') => {
    const before = await meshSnapshot(story.cluster);
    const { plan, carryOut } = repair(which);
    const written = await carryOut(await plan());
    expect(await meshSnapshot(story.cluster)).toEqual(before);
    return written;
  };

  test('has nothing to do where all of it is sound, whatever bundle is said to run', async () => {
    expect(await writesOf()).toEqual([]);
    const plan = await repair('new').plan();
    expect(await repair('new').carryOut(plan)).toEqual([]);
  });

  test.each([
    ['is null', () => rewrite(recordId, { record: 'null' })],
    ['has no signature', () => rewrite(recordId, { signature: null })],
    ['names parts that there are none of', () => rewrite(recordId, { parts: 'istio-delivery-promotion-1' })],
    ['was deleted', () => deleteObject(story.cluster, recordId)],
  ])('writes the record anew where it %s, and a promotion has nothing left to do', async (_, spoil) => {
    await spoil();
    expect(await repaired()).toEqual(['record']);
    expect(await readPromotionRecord(story.cluster, namespace)).toMatchObject({
      mesh: 'acme',
      environment: 'dev',
      cluster: 'dev',
      current: { bundle: story.bundles.old.manifest.digest },
    });
    expect(await promote()).toMatchObject({ result: 'unchanged' });
  });

  test.each([
    ['is empty', () => rewrite(inventoryId, { objects: '' })],
    [
      'names objects of others',
      () => rewrite(inventoryId, { objects: '{"apiVersion":"istio-delivery/v1","objects":[]}' }),
    ],
    ['was deleted', () => deleteObject(story.cluster, inventoryId)],
  ])('writes the inventory anew where it %s, every object by its UID', async (_, spoil) => {
    const before = await readInventory(story.cluster, namespace);
    await spoil();
    expect(await repaired()).toEqual(['inventory']);
    const byName = (left: { id: { name: string } }, right: { id: { name: string } }) =>
      left.id.name.localeCompare(right.id.name);
    expect((await readInventory(story.cluster, namespace)).sort(byName)).toEqual(before.sort(byName));
    expect(await promote()).toMatchObject({ result: 'unchanged' });
  });

  test('writes all of it anew where all of it is gone: until then the cluster is none that was never promoted to', async () => {
    await deleteObject(story.cluster, recordId);
    await deleteObject(story.cluster, inventoryId);
    await expect(story.delivery.plan(story.bundles.new)).rejects.toMatchObject({
      code: 'ClusterStateUnreadable',
      message: expect.stringContaining(
        'has a control plane of mesh acme (revision 1-31-0) and no record of its promotion',
      ),
    });
    expect(await repaired()).toEqual(['inventory', 'record']);
    expect(await promote()).toMatchObject({ result: 'unchanged' });
  });

  test('makes no earlier plan hold again', async () => {
    const plan: Plan = await story.delivery.plan(story.bundles.old);
    await rewrite(recordId, { record: '{}' });
    await repaired();
    const { outcome } = await story.delivery.promote(story.bundles.old, { plan });
    expect(outcome).toMatchObject({ result: 'failed', code: 'PlanMoved', kind: 'refused' });
  });

  test('refuses a bundle that does not run there', async () => {
    await rewrite(recordId, { record: 'null' });
    await expect(repair('new').plan()).rejects.toMatchObject({
      code: 'AnotherBundle',
      kind: 'refused',
      message: expect.stringMatching(
        /it has a control plane of revision 1-31-0-b, and the cluster has revision 1-31-0 \(Istio 1\.31\.0\); give/,
      ),
    });
    await repaired();
  });

  test('refuses a plan of a state that has changed since', async () => {
    await rewrite(recordId, { record: 'null' });
    const { plan, carryOut } = repair();
    const stale = await plan();
    await rewrite(recordId, { record: '[]' });
    await expect(carryOut(stale)).rejects.toMatchObject({ code: 'PlanMoved', kind: 'refused' });
    await repaired();
  });

  test('is planned, approved and carried out by the command', async () => {
    await rewrite(recordId, { record: 'null' });
    const file = (name: string) => join(embedded.home, name);
    const { digest: bundle } = story.bundles.old.manifest;
    await writeBundle(
      story.bundles.old,
      { apiVersion: 'istio-delivery/v1', digest: bundle, renderedAt: new Date().toISOString(), tools: [] },
      file('bundle'),
    );
    const run = (...words: string[]) =>
      embedded.run('repair', '--bundle', file('bundle'), '--environment', 'dev', ...words);
    const planned = await run('--out', file('repair-plan.json'));
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.stdout).toContain('istio-delivery-promotion: damaged: expected a mapping, got null');
    expect(planned.stdout).toContain('→ the promotion record is written anew: this bundle runs, and is kept');
    const { digest } = JSON.parse(await readFile(file('repair-plan.json'), 'utf8')) as RepairPlan;
    expect(planned.stdout).toContain(
      `Have the digest approved, then run repair with plan ${file('repair-plan.json')} and approve ${digest}.`,
    );
    const carryOut = ['--plan', file('repair-plan.json'), '--record', file('repair.json')];
    expect(await run(...carryOut, '--approve', 'sha256:another')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`the approval is for sha256:another, and the plan is ${digest}`),
    });
    expect(await run(...carryOut, '--approve', digest)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('dev: repaired: record'),
    });
    expect(JSON.parse(await readFile(file('repair.json'), 'utf8'))).toMatchObject({
      kind: 'Repair',
      result: 'repaired',
      verdict: { result: 'pass' },
      clusters: [{ cluster: 'dev', result: 'repaired', written: ['record'] }],
    });
    expect(await promote()).toMatchObject({ result: 'unchanged' });
  });

  describe('while an upgrade is open', () => {
    beforeAll(async () => {
      const upgrade = upgradeTo(embedded, story.bundles.new);
      expect(await upgrade.run('start', { until: 'group:canary' })).toMatchObject({ result: 'stopped' });
    });

    test('goes by its journal, and the upgrade goes on', async () => {
      await rewrite(recordId, { record: 'null' });
      await rewrite(inventoryId, { objects: 'null' });
      await expect(repair('new').plan()).rejects.toMatchObject({
        code: 'AnotherBundle',
        message: expect.stringContaining(
          `is open, and goes from ${story.bundles.old.manifest.digest}; give that bundle`,
        ),
      });
      expect(await repaired()).toEqual(['inventory', 'record']);
      const inventory = await readInventory(story.cluster, namespace);
      expect(inventory.map(({ id }) => id.name)).toEqual(
        expect.arrayContaining([`istiod-${revisions.old}`, `istiod-${revisions.new}`]),
      );
      expect(await upgradeTo(embedded, story.bundles.new).run('resume', { until: 'group:main' })).toMatchObject({
        result: 'stopped',
      });
    });

    test('takes a lost journal for no end of the upgrade: nothing of either revision is pruned', async () => {
      await deleteObject(story.cluster, journalId);
      await expect(story.delivery.plan(story.bundles.old)).rejects.toMatchObject({
        code: 'ClusterStateUnreadable',
        message: expect.stringContaining('begin the upgrade again by upgrade start'),
      });
      expect(await upgradeTo(embedded, story.bundles.new).run('start', { until: 'group:canary' })).toMatchObject({
        result: 'stopped',
      });
    });

    test.each(['null', '{}', '{"apiVersion":"istio-delivery/v1","state":"finished"}'])(
      'deletes a journal of %s, and the upgrade is begun again',
      async (text) => {
        await rewrite(journalId, { journal: text });
        await expect(story.delivery.plan(story.bundles.old)).rejects.toMatchObject({ code: 'ClusterStateUnreadable' });
        expect(await repaired()).toEqual(['journal']);
        expect(await readJournal(story.cluster, namespace)).toBeUndefined();
        expect(await upgradeTo(embedded, story.bundles.new).run('start', { until: 'group:canary' })).toMatchObject({
          result: 'stopped',
        });
      },
    );

    test('leaves an upgrade that ends', async () => {
      const upgrade = upgradeTo(embedded, story.bundles.new);
      expect(await upgrade.run('resume')).toMatchObject({ result: 'upgraded' });
      expect(await upgrade.run('finish')).toMatchObject({ result: 'finished' });
      expect(await promote(story.bundles.new)).toMatchObject({ result: 'unchanged' });
    });
  });
});
