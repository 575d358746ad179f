import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import type { ClusterUpgrade } from '../../src/upgrade/cluster-upgrade.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { rolloutFloor } from '../../src/upgrade/workloads/rollout-floor.ts';
import { deliverTo, silent } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { type GuardReport, guardFloors } from '../support/guard-floors.ts';
import { tracesOf } from '../support/revision-traces.ts';
import { forceFields } from '../support/somebody.ts';
import { until } from '../support/until.ts';
import { applyAsTeam, type Groups, renderBoth, revisions, teamDeployment, upgradeTo } from '../support/upgrade.ts';
import { root } from '../support/workflow-files.ts';
import { workload } from '../support/workloads.ts';

const groups: Groups = {
  canary: ['payments', 'ledger'],
  main: ['shop', 'catalog', 'cart', 'search', 'stock', 'mail', 'users', 'orders', 'reviews', 'shipping'],
};
const namespaces = Object.values(groups).flat();

const gateways = ['ingress', 'egress'].map((name) => ({
  service: { apiVersion: 'v1', kind: 'Service', namespace: 'istio-gateways', name },
  floor: 2,
}));

/** Two gateways, 12 namespaces, 60 workloads: from one revision to the next. */
describe('the upgrade of a large mesh', () => {
  let embedded: Embedded;
  let bundles: { old: Bundle; new: Bundle };
  let cluster: Cluster;
  let workloads: KubernetesObject[];
  let started: ClusterUpgrade;
  let finished: ClusterUpgrade;
  let report: GuardReport;
  const progress: string[] = [];

  beforeAll(async () => {
    embedded = await startEmbedded(['dev'], 3);
    bundles = await renderBoth(embedded, { groups, group: () => 'batch: 5', files: ownFilter });
    cluster = embedded.cluster('dev');
    expect((await deliverTo(cluster, 'dev').promote(bundles.old)).outcome).toMatchObject({ result: 'promoted' });
    const applied = await applyAsTeam(cluster, namespaces.flatMap(teamOf));
    await waitReady(cluster, applied, { timeout: 60_000, clock: systemClock, signal: new AbortController().signal });
    workloads = await Promise.all(applied.map(async (object) => (await cluster.get(objectId(object))) ?? object));
  });

  afterAll(() => embedded?.stop());

  test('takes the whole mesh to the new revision', { timeout: 240_000 }, async () => {
    expect(workloads).toHaveLength(60);
    const guard = await guardFloors(cluster, workloads, gateways);
    const reporter = { ...silent, progress: (text: string) => void progress.push(text) };
    started = await upgradeTo(embedded, bundles.new).run('start', { reporter });
    expect(started).toMatchObject({ result: 'upgraded' });
    finished = await upgradeTo(embedded, bundles.new).run('finish');
    expect(finished).toMatchObject({ result: 'finished', state: '1-31-0-b is the one revision; 1-31-0 is retired' });
    report = await guard.stop();
  });

  test('keeps every workload, and both gateways, at or above the floor at every moment', () => {
    expect(report.breaches).toEqual([]);
    expect(Object.keys(report.least)).toHaveLength(60 + 2);
    const floors = workloads.map((live): [string, number] => [formatObjectId(objectId(live)), rolloutFloor(live)]);
    for (const [name, floor] of floors) expect(report.least[name], name).toBeGreaterThanOrEqual(floor);
    // Each pod came, became ready, and went.
    expect(report.seen).toBeGreaterThan(3 * 120);
  });

  test('leaves nothing of the old revision behind', async () => {
    expect(await tracesOf(cluster, revisions.old)).toEqual([]);
    const pods = (await cluster.list({ apiVersion: 'v1', kind: 'Pod' })).items.filter(isLive);
    const meshed = pods.filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ''));
    expect(new Set(meshed.map(proxyRevision))).toEqual(new Set([revisions.new]));
  });

  test('tells how far it has come', () => {
    const told = progress.flatMap((line) => {
      const [, moved, total] = /(\d+) of (\d+) workloads/.exec(line) ?? [];
      return moved === undefined ? [] : [[Number(moved), Number(total)] as const];
    });
    expect(new Set(told.map(([, total]) => total))).toEqual(new Set([60]));
    const moved = told.map(([number]) => number);
    expect(moved).toEqual(moved.toSorted((one, other) => one - other));
    expect(moved.at(-1)).toBe(60);
    expect(progress.join('\n')).toMatch(
      /^dev · group main · orders: \d+ of 60 workloads, \d+ s so far, about \d+ s more$/m,
    );
  });

  test('is guarded by somebody who would have seen a workload fall', async () => {
    const [first] = workloads;
    if (first === undefined) throw new Error('there are no workloads');
    const guard = await guardFloors(cluster, workloads, gateways);
    await forceFields(cluster, objectId(first), { spec: { replicas: 0 } });
    await until('its pods are gone', async () => {
      const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: 'payments' });
      return !items.some(({ metadata }) => metadata.labels?.app === first.metadata.name);
    });
    const { breaches, least } = await guard.stop();
    expect(breaches).toEqual([
      expect.stringMatching(/^\d{4}-.*Z Deployment payments\/web: \d ready pods, its floor is 2$/),
    ]);
    expect(least).toMatchObject({ 'Deployment payments/web': 0, 'Service istio-gateways/ingress': 2 });
  });
});

/** The mesh brings a copy of its EnvoyFilter for each revision, as the example says. */
function ownFilter(revision: string): Record<string, string> {
  const path = 'config/root/ingress-server-header.yaml';
  const text = readFileSync(join(root, 'examples/acme', path), 'utf8');
  const own = text.replace(/(name: ingress-server-header)-.*/, `$1-${revision}`);
  return { [path]: own.replace(/(istio\.io\/rev:) .*/, `$1 ${revision}`) };
}

/** What runs in one namespace: five workloads, each rolled in another way. */
function teamOf(namespace: string): KubernetesObject[] {
  const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
  });
  return [
    teamDeployment(namespace, 'web'),
    teamDeployment(namespace, 'api', { replicas: 4, ...rolling('25%', '25%') }),
    teamDeployment(namespace, 'worker', { replicas: 3, ...rolling(0, 1) }),
    teamDeployment(namespace, 'admin', { replicas: 1, ...rolling(1, 0) }),
    namespace === 'ledger'
      ? workload('DaemonSet', 'agent', namespace)
      : workload('StatefulSet', 'store', namespace, { spec: { replicas: 2 } }),
  ];
}
