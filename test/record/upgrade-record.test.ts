import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/mesh/environment.ts';
import { evidenceOf, parseRecord } from '../../src/record/evidence.ts';
import { type UpgradeFacts, type UpgradeRecord, upgradeRecordOf } from '../../src/record/upgrade-record.ts';
import type { ClusterUpgrade } from '../../src/upgrade/cluster-upgrade.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';
import { clusterUpgrade, upgradeFacts } from '../support/upgrades.ts';

const record = (overrides: Partial<UpgradeFacts> = {}) => upgradeRecordOf(upgradeFacts(overrides));

function without({ journal: _journal, ...rest }: ClusterUpgrade): ClusterUpgrade {
  return rest;
}

/** One cluster for each result. */
const ended = (...results: ClusterUpgrade['result'][]) => results.map((result) => clusterUpgrade({ result }));

const production: Environment = {
  name: 'production',
  after: [],
  clusters: ['one', 'two'].map((name) => ({ name, context: name })),
  waves: [['one'], ['two']],
  gate: { approval: false, identity: 'optional', needs: [] },
};

describe('upgradeRecordOf', () => {
  test.each<[ClusterUpgrade['result'][], UpgradeRecord['result']]>([
    [['upgraded', 'upgraded'], 'upgraded'],
    [['finished', 'finished'], 'finished'],
    [['finished', 'upgraded'], 'upgraded'],
    [['upgraded', 'stopped'], 'stopped'],
    [['rolled back', 'rolled back'], 'rolled back'],
    [['rolled back', 'upgraded'], 'stopped'],
    [['upgraded', 'paused', 'not started'], 'paused'],
    [['upgraded', 'failed', 'not started'], 'failed'],
    [['refused', 'failed'], 'failed'],
    [['refused', 'not started'], 'refused'],
    [['upgraded', 'refused', 'not started'], 'failed'],
    [['not started'], 'stopped'],
    [[], 'stopped'],
  ])('clusters that ended %j make it %s', (results, result) => {
    expect(record({ clusters: ended(...results) }).result).toBe(result);
  });

  test('is interrupted where one of its clusters was, whatever became of the others', () => {
    const [done, stopped] = ended('upgraded', 'not started');
    const clusters = [done, { ...stopped, interrupted: true }] as ClusterUpgrade[];
    const interrupted = record({ clusters });
    expect(interrupted.result).toBe('interrupted');
    expect(evidenceOf(interrupted, 'acme')).toMatchObject([{ promoted: false, healthy: false }]);
  });

  test('is refused when the gate fails', () => {
    const verdict = { environment: 'production', bundle: 'b', plan: 'p', result: 'fail', rules: [] } as const;
    expect(record({ verdict: { ...verdict, rules: [] }, clusters: [] }).result).toBe('refused');
  });

  test.each<[string, ClusterUpgrade[], number, UpgradeRecord['result']]>([
    ['its first wave', ended('finished'), 0, 'stopped'],
    ['its last wave after the first', ended('finished'), 1, 'finished'],
    ['all its waves', ended('finished', 'finished'), 0, 'finished'],
  ])('ends the upgrade of an environment with %s or not', (_name, clusters, before, result) => {
    const { manifest } = upgradeFacts();
    expect(record({ manifest: { ...manifest, environments: [production] }, clusters, before }).result).toBe(result);
  });

  test('takes nothing from a plan that is for something else', () => {
    const runs = { bundle: 'sha256:b0', istio: { version: '1.30.0', revision: 'older' } };
    const plan = (environment: string) =>
      environmentPlan({ environment, bundle: 'sha256:b2', clusters: [clusterPlan({ runs, upgrade: true })] });
    const of = (environment: string) => record({ clusters: [], plan: plan(environment) });
    expect(of('production').from).toEqual(runs);
    expect(of('staging').from).toBeUndefined();
  });

  test('tells both ends by the journal', () => {
    expect(record()).toMatchObject({
      from: { bundle: 'sha256:b1', istio: { revision: 'old' } },
      to: { bundle: 'sha256:b2', istio: { revision: 'new' } },
      plan: 'sha256:p1',
    });
  });

  test('tells both ends by plan and bundle where nothing was begun', () => {
    const from = { bundle: 'sha256:b0', istio: { version: '1.30.1', revision: '1-30-1' } };
    const plan = environmentPlan({ bundle: 'sha256:b2', clusters: [clusterPlan({ runs: from, upgrade: true })] });
    const facts = { plan, clusters: [without(clusterUpgrade({ result: 'refused' }))] };
    expect(record(facts)).toMatchObject({ from, to: { bundle: 'sha256:b2' }, plan: plan.digest });
    const none = record({ clusters: [without(clusterUpgrade())] });
    expect(none).not.toHaveProperty('from');
    expect(none).not.toHaveProperty('plan');
  });
});

describe('evidenceOf an upgrade', () => {
  const read = (overrides: Partial<UpgradeFacts>) =>
    evidenceOf(parseRecord(JSON.stringify(record(overrides)), 'record.json'), 'acme');

  test('proves a finished one, by the bundle that it went to', () => {
    expect(read({ command: 'finish', clusters: ended('finished') })).toEqual([
      {
        environment: 'production',
        source: 'record',
        bundle: 'sha256:b2',
        promoted: true,
        healthy: true,
        at: '2026-11-23T10:01:15.000Z',
      },
    ]);
  });

  test.each<[string, Partial<UpgradeFacts>, string]>([
    ['one that still has to be finished', { clusters: ended('upgraded') }, 'upgraded, of upgrade start'],
    ['one that was rolled back', { clusters: ended('rolled back') }, 'rolled back, of upgrade start'],
    ['a look at one that was finished once', { command: 'status', clusters: ended('finished') }, 'upgrade status'],
  ])('proves nothing by %s', (_name, facts, detail) => {
    expect(read(facts)).toMatchObject([{ promoted: false, healthy: false, detail: expect.stringContaining(detail) }]);
  });

  test('proves nothing for another mesh', () => {
    expect(evidenceOf(record(), 'another')).toEqual([]);
  });
});
