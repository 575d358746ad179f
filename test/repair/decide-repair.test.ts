import { describe, expect, test } from 'vitest';
import type { InventoryEntry, PromotionRecord } from '../../src/plan/cluster-state.ts';
import type { OpenUpgrade } from '../../src/plan/open-upgrade.ts';
import { decideRepair, type RepairFacts } from '../../src/repair/decide-repair.ts';

const istio = { version: '1.30.3', revision: '1-30-3' };
const old = { revision: '1-30-3', version: '1.30.3' };
const coming = { revision: '1-31-0', version: '1.31.0-distroless' };
const damaged = { kind: 'damaged', reason: 'it has no signature', digest: 'sha256:d' } as const;
const absent = { kind: 'absent' } as const;

function entry(name: string): InventoryEntry {
  return { id: { apiVersion: 'v1', kind: 'Service', namespace: 'istio-system', name }, stage: 'revision', uid: name };
}

function record(bundle: string, inProgress?: string): RepairFacts['record'] {
  const value = {
    current: { bundle },
    ...(inProgress === undefined ? {} : { inProgress: { bundle: inProgress } }),
  } as PromotionRecord;
  return { kind: 'sound', value, digest: 'sha256:r' };
}

function journal(state: OpenUpgrade['state'], from = 'sha256:b1'): RepairFacts['journal'] {
  const value = { id: 'up', state, old: { bundle: from } } as OpenUpgrade;
  return { kind: 'sound', value, digest: 'sha256:j' };
}

function facts(overrides: Partial<RepairFacts> = {}): RepairFacts {
  return {
    cluster: 'east',
    manifest: { mesh: 'acme', digest: 'sha256:b1', istio },
    record: record('sha256:b1'),
    inventory: { kind: 'sound', value: { apiVersion: 'istio-delivery/v1', objects: [] }, digest: 'sha256:i' },
    journal: absent,
    controlPlanes: [old],
    ours: [entry('istiod-1-30-3')],
    coming: [],
    ...overrides,
  };
}

function documents(overrides: Partial<RepairFacts>): string[] {
  return decideRepair(facts(overrides)).map(({ document }) => document);
}

function refusal(overrides: Partial<RepairFacts>): string {
  try {
    return documents(overrides).join();
  } catch (error) {
    return (error as Error).message;
  }
}

describe('decideRepair', () => {
  test.each<[string, Partial<RepairFacts>, string[]]>([
    ['all of it is sound', {}, []],
    ['all of it is sound and another bundle runs', { record: record('sha256:b9') }, []],
    ['nothing was ever promoted', { record: absent, inventory: absent, controlPlanes: [] }, []],
    ['a finished upgrade has left its journal', { journal: journal('finished') }, []],
    ['the record is damaged', { record: damaged }, ['record']],
    ['the record is gone', { record: absent }, ['record']],
    ['the inventory is gone', { inventory: absent }, ['inventory']],
    ['all of it is gone, and the control plane is not', { record: absent, inventory: absent }, ['inventory', 'record']],
    ['the journal is damaged', { journal: damaged }, ['journal']],
    [
      'all of it is damaged',
      { record: damaged, inventory: damaged, journal: damaged },
      ['inventory', 'record', 'journal'],
    ],
    [
      'a promotion of the bundle is unfinished',
      { record: record('sha256:b0', 'sha256:b1'), inventory: damaged },
      ['inventory'],
    ],
    [
      'an upgrade from the bundle to another version is open',
      { record: damaged, journal: journal('open'), controlPlanes: [old, coming] },
      ['record'],
    ],
    [
      'only the way to an upgrade is lost',
      { record: damaged, journal: damaged, controlPlanes: [old, coming] },
      ['record', 'journal'],
    ],
  ])('writes what is needed where %s', (_, overrides, expected) => expect(documents(overrides)).toEqual(expected));

  test('names each object once, whichever bundle of an open upgrade has it', () => {
    const shared = entry('istio-ingress');
    const writes = decideRepair(
      facts({ inventory: damaged, journal: journal('open'), ours: [shared], coming: [shared, entry('istiod-1-31-0')] }),
    );
    expect(writes).toEqual([{ document: 'inventory', objects: [shared, entry('istiod-1-31-0')] }]);
  });

  test.each<[string, Partial<RepairFacts>, string]>([
    [
      'another one than its record names',
      { record: record('sha256:b9'), inventory: damaged },
      'its promotion record is sound, and names sha256:b9; give that bundle',
    ],
    [
      'another one than an open upgrade goes from',
      { record: damaged, journal: journal('open', 'sha256:b0') },
      'upgrade up is open, and goes from sha256:b0; give that bundle',
    ],
    [
      'one whose control plane is not there',
      { record: damaged, controlPlanes: [coming] },
      'it has a control plane of revision 1-30-3, and the cluster has revision 1-31-0 (Istio 1.31.0-distroless); give the bundle that runs there',
    ],
    [
      'one of a cluster without a control plane',
      { record: damaged, controlPlanes: [] },
      'it has a control plane of revision 1-30-3, and the cluster has none of the mesh; give the bundle that runs there',
    ],
    [
      'the one that a lost upgrade went to',
      {
        record: damaged,
        journal: damaged,
        controlPlanes: [old, coming],
        manifest: { mesh: 'acme', digest: 'sha256:b2', istio: { version: '1.31.0', revision: '1-31-0' } },
      },
      'so an upgrade is on its way, and nothing tells how far it is; give the bundle that it came from, of revision 1-30-3 (Istio 1.30.3)',
    ],
  ])('refuses %s', (_, overrides, expected) => expect(refusal(overrides)).toContain(expected));
});
