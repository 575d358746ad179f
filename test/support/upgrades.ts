import type { StepEntry } from '../../src/plan/open-upgrade.ts';
import type { StepId } from '../../src/plan/upgrade-steps.ts';
import type { UpgradeFacts } from '../../src/record/upgrade-record.ts';
import type { ClusterUpgrade } from '../../src/upgrade/cluster-upgrade.ts';
import type { Journal, NamespaceEntry } from '../../src/upgrade/journal.ts';
import { bundleOf } from './bundles.ts';

const begin = Date.parse('2026-11-23T10:00:00Z');

/** Seconds after ten o'clock. */
export function at(seconds: number): string {
  return new Date(begin + seconds * 1000).toISOString();
}

/** A namespace that has moved. */
export function namespaceEntry(overrides: Partial<NamespaceEntry> = {}): NamespaceEntry {
  return { state: 'moved', workloads: 5, skipped: [], ...overrides };
}

const steps: StepId[] = ['preflight', 'base', 'control-plane', 'config', 'gateways', 'group:canary', 'group:main'];

/** The first `done` steps are done, ten seconds each; the next one runs. */
export function stepEntries(done: number): StepEntry[] {
  const all: StepId[] = [...steps, 'gateway-switch', 'default', 'soak', 'retire'];
  return all.map((step, index) => {
    if (index < done) return { step, status: 'done', started: at(index * 10), finished: at(index * 10 + 10) };
    return index === done ? { step, status: 'running', started: at(index * 10) } : { step, status: 'pending' };
  });
}

/** An upgrade whose second group is on its way. */
export function journal(overrides: Partial<Journal> = {}): Journal {
  const side = (revision: string, bundle: string) => ({
    bundle,
    istio: { version: '1.31.0', revision },
    chunks: [],
    stages: {},
  });
  return {
    apiVersion: 'istio-delivery/v1',
    id: 'old-to-new-1',
    mesh: 'acme',
    environment: 'production',
    plan: 'sha256:p1',
    state: 'open',
    old: side('old', 'sha256:b1'),
    new: side('new', 'sha256:b2'),
    since: at(0),
    promotions: [],
    direction: 'forward',
    steps: stepEntries(6),
    groups: {
      canary: { payments: namespaceEntry() },
      main: {
        shop: namespaceEntry({ workloads: 32 }),
        stock: namespaceEntry({
          state: 'moving',
          workloads: 0,
          skipped: [{ object: 'Pod stock/debug', reason: 'is a bare pod', cure: 'delete it', holdsOldRevision: true }],
        }),
      },
    },
    acknowledged: [],
    timeline: [
      { at: at(10), proxies: { old: 120 } },
      { at: at(60), proxies: { old: 115, new: 5 } },
      { at: at(70), proxies: { old: 83, new: 37 } },
    ],
    ...overrides,
  };
}

/** How the upgrade ended in one cluster. */
export function clusterUpgrade(overrides: Partial<ClusterUpgrade> = {}): ClusterUpgrade {
  return {
    cluster: 'one',
    result: 'stopped',
    state: 'old and new run side by side',
    findings: [],
    journal: journal(),
    ...overrides,
  };
}

/** What the record of a run is made from. */
export function upgradeFacts(overrides: Partial<UpgradeFacts> = {}): UpgradeFacts {
  return {
    command: 'start',
    manifest: { ...bundleOf({ one: [] }).manifest, digest: 'sha256:b2', istio: { version: '1.31.0', revision: 'new' } },
    environment: 'production',
    origin: { actor: 'someone' },
    started: new Date(at(0)),
    finished: new Date(at(75)),
    clusters: [clusterUpgrade()],
    ...overrides,
  };
}
