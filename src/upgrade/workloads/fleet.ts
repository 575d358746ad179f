import type { Workload } from '../../cluster/pod-owner.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { injectionLabels, requireInjection } from '../injection/require-injection.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { advanceFlight, beginFlight, type Flight, judgeFlight } from './flight.ts';
import { proxyRevision } from './proxy-pod.ts';
import type { ProxyWatch } from './proxy-watch.ts';
import { restartWorkload } from './restart-workload.ts';
import { workloadsUnhealthy } from './unhealthy.ts';
import { decideMove, type MoveFacts } from './workload-move.ts';
import { proxyLack, rolloutLack, wholePods } from './workload-state.ts';

export interface FleetProgress {
  done: number;
  /** Workloads of the namespace that are moved or are to be moved. */
  total: number;
  /** Those that are on their way, and what they lack. */
  waiting: { object: string; reason: string }[];
}

export interface FleetOptions {
  namespace: string;
  facts: MoveFacts;
  batch: number;
  watch: ProxyWatch;
  onProgress?: (progress: FleetProgress) => void;
}

/** The workloads of one namespace on their way. */
export interface Fleet {
  /**
   * Looks at the workloads as they are now, and begins as many as may begin. True when nothing is left to do; throws
   * `WorkloadUnhealthy` when one of them failed and nothing is on its way any more.
   */
  advance(workloads: readonly Workload[]): Promise<boolean>;
  /** Number of workloads that are on the revision now. */
  moved(): number;
}

export function createFleet(context: UpgradeContext, options: FleetOptions): Fleet {
  const { cluster, clock, reporter, signal, timeout } = context;
  const { namespace, facts, batch, watch } = options;
  const { revision, restart } = facts;
  const flights = new Map<string, Flight>();
  const failed: Flight[] = [];
  /** Objects that are over and done with: moved, gone or failed. */
  const settled = new Set<string>();
  let moved = 0;
  /** Injection labels whose pods are known to get the revision. */
  const injected = new Set<string>();

  function look(flight: Flight, workload: Workload, now: number): Flight {
    const seen = { whole: wholePods(workload, revision), now };
    const { ready: _ready, ...unready } = flight;
    const rollout = flight.kind === 'done' ? undefined : rolloutLack(workload, { ...facts, ...flight });
    if (rollout) return advanceFlight(unready, { ...seen, lack: rollout });
    const ready = flight.ready ?? now;
    // Other pods than those of a StatefulSet have names of their own: any answer that has them is about them.
    const since = workload.object.kind === 'StatefulSet' ? ready : flight.began;
    const pods = workload.pods.filter((pod) => proxyRevision(pod) === revision);
    const lack = proxyLack(pods, revision, (pod) => watch.stateOf(pod, since));
    return advanceFlight({ ...flight, ready }, { ...seen, lack });
  }

  function settle(uid: string, flight: Flight, verdict: 'whole' | 'failed'): void {
    flights.delete(uid);
    settled.add(uid);
    if (verdict === 'failed') {
      failed.push(flight);
      return;
    }
    moved += 1;
    reporter.line(`${cluster.name} · ${namespace}: ${formatObjectId(flight.id)} is on revision ${revision}`);
  }

  function judge(known: ReadonlyMap<string, Workload>, now: number): void {
    for (const [uid, before] of flights) {
      const workload = known.get(uid);
      if (workload === undefined) {
        flights.delete(uid);
        continue;
      }
      const flight = look(before, workload, now);
      flights.set(uid, flight);
      const verdict = judgeFlight(flight, now, timeout);
      if (verdict !== 'waiting') settle(uid, flight, verdict);
    }
  }

  /** Takes up what needs no restart, and returns what does. */
  function takeUp(known: ReadonlyMap<string, Workload>, now: number): Workload[] {
    const rolls: Workload[] = [];
    for (const [uid, workload] of known) {
      if (flights.has(uid) || settled.has(uid)) continue;
      const { kind } = decideMove(workload, facts);
      if (kind === 'skip') continue;
      if (kind === 'roll') rolls.push(workload);
      else {
        const generation = workload.object.metadata.generation ?? 0;
        flights.set(uid, beginFlight(objectId(workload.object), kind, { generation, now }));
      }
    }
    return rolls;
  }

  async function ensureInjection(object: KubernetesObject): Promise<void> {
    const labels = injectionLabels(object);
    const key = JSON.stringify(labels);
    if (!injected.has(key)) await requireInjection(context, { namespace, labels }, revision);
    injected.add(key);
  }

  async function begin(workload: Workload): Promise<void> {
    const uid = uidOf(workload);
    const id = objectId(workload.object);
    const result = await restartWorkload(context, workload, restart);
    const generation = result.kind === 'restarted' ? result.generation : 0;
    const flight = beginFlight(id, 'roll', { generation, now: clock.now().getTime() });
    if (result.kind === 'restarted') flights.set(uid, flight);
    else settled.add(uid);
    if (result.kind === 'refused')
      failed.push({ ...flight, lack: { reason: `its restart was refused: ${result.reason}` } });
  }

  function report(rolls: number): void {
    options.onProgress?.({
      done: moved,
      total: moved + flights.size + failed.length + rolls,
      waiting: [...flights.values()].map(({ id, lack }) => ({
        object: formatObjectId(id),
        reason: lack?.reason ?? 'it has just been restarted',
      })),
    });
  }

  return {
    moved: () => moved,

    async advance(workloads) {
      signal.throwIfAborted();
      const now = clock.now().getTime();
      const known = new Map(workloads.map((workload) => [uidOf(workload), workload]));
      const rolls = takeUp(known, now);
      judge(known, now);
      report(rolls.length);

      const rolling = [...flights.values()].filter(({ kind }) => kind !== 'done').length;
      const next = failed.length === 0 ? rolls.slice(0, Math.max(0, batch - rolling)) : [];
      if (next.length > 0) {
        for (const { object } of next) await ensureInjection(object);
        await allSettled(next.map(begin));
        return false;
      }
      if (flights.size > 0) return false;
      if (failed.length > 0) throw await workloadsUnhealthy(context, { revision, failed, untouched: rolls.length });
      return rolls.length === 0;
    },
  };
}

function uidOf({ object }: Workload): string {
  return object.metadata.uid ?? formatObjectId(objectId(object));
}

/** Awaits all of them, also when one has failed: no write may land after the lock is given back. */
async function allSettled(writes: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(writes);
  const refused = results.find((result) => result.status === 'rejected');
  if (refused) throw refused.reason;
}
