import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { saveBundle } from './acme.ts';
import { deliverTo } from './delivery.ts';
import { startEmbedded } from './embedded.ts';
import { meshSnapshot } from './mesh-snapshot.ts';
import { until } from './until.ts';
import { applyAsTeam, type Groups, renderBoth, revisions, smallMesh, teamDeployment } from './upgrade.ts';
import type { UpgradeTarget } from './upgrade-process.ts';

type Snapshot = Record<string, unknown>;

/** A mesh on the old revision, ready to be upgraded by processes. */
export interface KillStage extends UpgradeTarget {
  /** Of the workloads. */
  namespaces: string[];
  /** The mesh before anything else. */
  first: Snapshot;
}

export interface StageOptions {
  groups?: Groups;
  /** Names of the Deployments in every namespace. */
  deployments?: readonly string[];
  nodes?: number;
}

/** Brings up the cluster dev with a mesh on the old revision; 3 namespaces with 2 workloads each where nothing is said. */
export async function beginKillStage(options: StageOptions = {}): Promise<KillStage> {
  const { groups = smallMesh, deployments = ['web', 'api'], nodes = 1 } = options;
  const embedded = await startEmbedded(['dev'], nodes);
  const cluster = embedded.cluster('dev');
  const bundles = await renderBoth(embedded, { groups, group: () => 'batch: 2' });
  const { outcome } = await deliverTo(cluster, 'dev').promote(bundles.old);
  expect(outcome).toMatchObject({ result: 'promoted' });
  const namespaces = Object.values(groups).flat();
  // Tests count ReplicaSets: none may be forgotten.
  const workloads = namespaces.flatMap((namespace) =>
    deployments.map((name) => teamDeployment(namespace, name, { revisionHistoryLimit: 1000 })),
  );
  const live = await applyAsTeam(cluster, workloads);
  await waitReady(cluster, live, { timeout: 60_000, clock: systemClock, signal: new AbortController().signal });
  const bundle = await saveBundle(bundles.new, join(embedded.home, 'bundle-new'));
  return { embedded, cluster, namespaces, bundle, first: await settledMesh(cluster) };
}

/** The mesh as soon as nothing in it changes any more. */
export async function settledMesh(cluster: Cluster): Promise<Snapshot> {
  let before = await meshSnapshot(cluster);
  return until('the mesh settles', async () => {
    await sleep(500);
    const now = await meshSnapshot(cluster);
    const settled = isDeepStrictEqual(before, now);
    before = now;
    return settled && now;
  });
}

/** Waits until the mesh is as this snapshot, seen through `as`; fails with the difference. */
export async function expectMesh(
  { cluster }: UpgradeTarget,
  wanted: Snapshot,
  as: (snapshot: Snapshot) => Snapshot = (snapshot) => snapshot,
): Promise<void> {
  // A controller may have something to write or a pod to take away for a moment after a run.
  const giveUp = Date.now() + 20_000;
  let now = as(await meshSnapshot(cluster));
  while (!isDeepStrictEqual(now, as(wanted)) && Date.now() < giveUp) {
    await sleep(500);
    now = as(await meshSnapshot(cluster));
  }
  expect(now).toEqual(as(wanted));
}

/** A snapshot without the addresses that the API server gives to a Service when it is created. */
export function withoutAddresses(snapshot: Snapshot): Snapshot {
  return JSON.parse(JSON.stringify(snapshot), (key, value) =>
    /^clusterIPs?$|^nodePort$/.test(key) && value !== 'None' ? undefined : value,
  );
}

/** A snapshot of a mesh with one revision, whichever it is. */
export function ofAnyRevision(snapshot: Snapshot): Snapshot {
  const names = new RegExp(`${revisions.new}|${revisions.old}`, 'g');
  return withoutAddresses(JSON.parse(JSON.stringify(snapshot).replace(names, 'the-revision')));
}
