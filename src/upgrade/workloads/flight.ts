import type { ObjectId } from '../../ports/objects.ts';
import type { Lack } from './workload-state.ts';

/** A workload on its way to the revision. Times are milliseconds. */
export interface Flight {
  id: ObjectId;
  /** How it came to be on its way; only what this run has restarted is known to be fresh. */
  kind: 'roll' | 'wait' | 'done';
  /** Generation that shows its restart. */
  generation: number;
  began: number;
  /** The most pods that were ever whole, and since when. */
  best: number;
  progressed: number;
  /** Since when its pods are ready and of the revision. */
  ready?: number;
  /** When it was first seen in trouble. */
  troubled?: number;
  lack?: Lack;
}

export type FlightVerdict = 'whole' | 'waiting' | 'failed';

/**
 * Milliseconds for which trouble may pass by itself: an application that starts before its proxy crashes once or twice
 * (kubelets try again after 10 and 20 seconds), a registry hiccups, a webhook's istiod is being replaced.
 */
const troubleGrace = 30_000;

export function beginFlight(id: ObjectId, kind: Flight['kind'], options: { generation: number; now: number }): Flight {
  const { generation, now } = options;
  return { id, kind, generation, began: now, best: -1, progressed: now };
}

/** The flight with what was seen of it now. */
export function advanceFlight(flight: Flight, seen: { lack: Lack | undefined; whole: number; now: number }): Flight {
  const { lack: _before, ...rest } = flight;
  const next: Flight = seen.lack === undefined ? rest : { ...rest, lack: seen.lack };
  if (seen.lack?.trouble !== undefined) next.troubled ??= seen.now;
  return seen.whole > flight.best ? { ...next, best: seen.whole, progressed: seen.now } : next;
}

/**
 * Fails a workload that got no further for the timeout: one with many pods may take longer than that in all. What
 * waiting does not mend fails earlier: at once where this run has caused it, after a grace where it was found, since
 * its owner may just have mended it, or where it may pass.
 */
export function judgeFlight(flight: Flight, now: number, timeout: number): FlightVerdict {
  const { kind, lack, troubled, progressed } = flight;
  if (lack === undefined) return 'whole';
  if (lack.trouble === 'certain' && kind === 'roll') return 'failed';
  if (lack.trouble !== undefined && now - (troubled ?? now) >= Math.min(troubleGrace, timeout)) return 'failed';
  return now - progressed >= timeout ? 'failed' : 'waiting';
}
