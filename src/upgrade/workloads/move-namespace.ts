import { ownersThrough } from '../../cluster/pod-owner.ts';
import { formatObjectId, objectId } from '../../ports/objects.ts';
import type { Skipped } from '../journal.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { createBell } from './bell.ts';
import { createFleet, type FleetProgress } from './fleet.ts';
import { leftoverPods } from './leftover-pods.ts';
import { type NamespaceView, withNamespaceView } from './namespace-view.ts';
import { watchProxies } from './proxy-watch.ts';
import { decideMove, type MoveFacts } from './workload-move.ts';

export interface NamespaceMove {
  namespace: string;
  /** Revision that new pods of the namespace get by now. */
  revision: string;
  /** Id of the move: workloads that carry it have been restarted. */
  restart: string;
  /** Number of workloads that roll at the same time. */
  batch: number;
  onProgress?: (progress: FleetProgress) => void;
}

export interface MovedNamespace {
  /** Workloads that are on the revision now; those that were skipped are not among them. */
  workloads: number;
  skipped: Skipped[];
}

/** Milliseconds after which those who wait look at the clock, with or without news. */
const tick = 1_000;

/** Milliseconds to wait after news for more of them: they come in bursts. */
const pause = 50;

/**
 * Restarts the workloads of a namespace, at most `batch` at a time, each begun only when those before it are whole:
 * rolled out, every pod ready and of the revision, its proxy connected to the revision's istiod and in sync. Stops at
 * the first one that is not (`WorkloadUnhealthy`, retryable): what is on its way is awaited, nothing more is begun.
 * Called again, it goes on from there, and restarts no workload twice.
 */
export async function moveNamespace(context: UpgradeContext, move: NamespaceMove): Promise<MovedNamespace> {
  const { cluster, clock, proxies } = context;
  const { namespace, revision, restart } = move;
  const live = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return { workloads: 0, skipped: [] };
  const facts: MoveFacts = { namespaceLabels: live.metadata.labels ?? {}, revision, restart };

  const bell = createBell();
  const watch = watchProxies({ proxies, revision, clock, answered: bell.ring });
  return withNamespaceView(context, namespace, bell.ring, async (view) => {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, context.signal]);
    const background = [watch.follow(signal), ringEvery(tick)];
    try {
      const fleet = createFleet(context, { ...move, facts, watch });
      while (!(await fleet.advance(view.look().workloads))) {
        await bell.rung(signal);
        await clock.sleep(pause, signal);
      }
      return { workloads: fleet.moved(), skipped: await skippedIn(context, facts, { namespace, view }) };
    } finally {
      done.abort();
      await Promise.all(background);
    }

    async function ringEvery(milliseconds: number): Promise<void> {
      while (!signal.aborted) await clock.sleep(milliseconds, signal).then(bell.ring, () => undefined);
    }
  });
}

/** What the namespace's owner must see to, as it is now. */
async function skippedIn(
  { cluster }: UpgradeContext,
  facts: MoveFacts,
  { namespace, view }: { namespace: string; view: NamespaceView },
): Promise<Skipped[]> {
  const { workloads, others, replicaSets } = view.look();
  const skipped = workloads.flatMap((workload) => {
    const decision = decideMove(workload, facts);
    if (decision.kind !== 'skip') return [];
    const { reason, cure, holdsOldRevision } = decision;
    return [{ object: formatObjectId(objectId(workload.object)), reason, cure, holdsOldRevision }];
  });
  // Only for the names of CronJobs; most namespaces have nothing left to name.
  const left = leftoverPods(others, ownersThrough(replicaSets), facts.revision);
  if (!left.some(({ object }) => object.startsWith('Job '))) return [...skipped, ...left];
  const { items } = await cluster.list({ apiVersion: 'batch/v1', kind: 'Job' }, { namespace });
  return [...skipped, ...leftoverPods(others, ownersThrough([...replicaSets, ...items]), facts.revision)];
}
