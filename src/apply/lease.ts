import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DeliveryError, messageOf } from '../errors.ts';
import { leaseName } from '../plan/cluster-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId } from '../ports/objects.ts';
import type { Reporter } from '../ports/reporter.ts';

export interface LeaseOptions {
  namespace: string;
  /** Who holds it, as the next one reads it: a run's address, or a person and a host. */
  holder: string;
  /** Milliseconds after which a holder that does not renew has lost it. */
  duration: number;
  clock: Clock;
  signal: AbortSignal;
  /** Told that the run has to find out first whether the one that holds it is still alive. */
  reporter?: Pick<Reporter, 'line'>;
}

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  /** Number of holders that it has had before this one. */
  leaseTransitions?: number;
}

/** One hold of the lock. */
export interface Hold {
  /** Tells it from every other one: the Lease's UID, how many holders it has had, and this one. */
  readonly name: string;
  /** Looks at the Lease; `LockLost` where it is no longer this hold of it. */
  refuseLost(): Promise<void>;
}

/** A cluster whose lock this run holds: whoever writes state needs one. */
export type LockedCluster = Cluster & { readonly hold: Hold };

/** Milliseconds that a run must be silent for before it is taken for dead. */
export const lockDuration = 15_000;

/** The longest that somebody's own duration is believed, in milliseconds. */
const longestDuration = 60_000;

/** Milliseconds between two looks at a Lease that somebody else holds. */
const lookEvery = 1_000;

/**
 * Runs `work` while holding the cluster's Lease. One that somebody else renews is refused (`LockHeld`); one that nobody
 * was seen to renew for all of its duration is taken over, whatever the clocks of the two machines say. When it can no
 * longer be renewed, the signal that `work` got is aborted before the Lease runs out.
 */
export async function withLease<T>(
  cluster: Cluster,
  options: LeaseOptions,
  work: (locked: LockedCluster, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let lease = await acquire(cluster, options);
  const stop = new AbortController();
  const lost = new AbortController();
  const renewing = keepRenewing();
  try {
    return await work({ ...cluster, hold: holdOf(cluster, lease) }, AbortSignal.any([options.signal, lost.signal]));
  } catch (error) {
    // What fails because the lock was lost has the lost lock as its cause, whatever it says itself.
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    stop.abort();
    await renewing;
    if (!lost.signal.aborted) await release(cluster, lease);
  }

  async function keepRenewing(): Promise<void> {
    const { clock, duration } = options;
    let renewedAt = clock.monotonic();
    while (true) {
      await clock.sleep(duration / 5, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      const left = renewedAt + duration * 0.6 - clock.monotonic();
      const failure = await Promise.race([renew(), silence(Math.max(0, left))]);
      if (stop.signal.aborted) return;
      if (failure === undefined) renewedAt = clock.monotonic();
      else if (failure === takenOver || clock.monotonic() - renewedAt >= duration * 0.6) {
        lost.abort(lockLost(cluster, failure));
        return;
      }
    }
  }

  /** Why it could not be renewed; undefined when it was. */
  function renew(): Promise<string | undefined> {
    const renewTime = microTime(options.clock.now());
    return rewrite(cluster, lease, { ...specOf(lease), renewTime }).then(
      (renewed) => {
        if (!renewed) return takenOver;
        lease = renewed;
        return undefined;
      },
      (error: unknown) => messageOf(error),
    );
  }

  /** A request that is never answered must not keep the holder from noticing. */
  function silence(milliseconds: number): Promise<string> {
    return options.clock.sleep(milliseconds, stop.signal).then(
      () => 'the API server does not answer',
      () => 'the work is done',
    );
  }
}

function holdOf(cluster: Cluster, lease: KubernetesObject): Hold {
  const nameOf = (live: KubernetesObject) => {
    const { holderIdentity = '', leaseTransitions = 0 } = specOf(live);
    return `${live.metadata.uid}/${leaseTransitions} ${holderIdentity}`;
  };
  const name = nameOf(lease);
  return {
    name,
    async refuseLost() {
      const now = await cluster.get(objectId(lease));
      if (now === undefined || nameOf(now) !== name) throw lockLost(cluster, takenOver);
    },
  };
}

const takenOver = 'another holder has taken it';

/** Writes a new spec into the Lease; undefined when it is no longer the same hold of it. */
async function rewrite(
  cluster: Cluster,
  lease: KubernetesObject,
  spec: LeaseSpec,
): Promise<KubernetesObject | undefined> {
  let current: KubernetesObject | undefined = lease;
  while (current && isSameHold(specOf(current), specOf(lease))) {
    const written: KubernetesObject | undefined = await cluster.replace({ ...current, spec });
    if (written) return written;
    // Somebody else may have touched it, and the answer to an earlier renewal may have been lost: it is still ours.
    current = await cluster.get(objectId(lease));
  }
  return undefined;
}

function isSameHold(left: LeaseSpec, right: LeaseSpec): boolean {
  return left.holderIdentity === right.holderIdentity && left.acquireTime === right.acquireTime;
}

async function acquire(cluster: Cluster, options: LeaseOptions): Promise<KubernetesObject> {
  const { namespace, duration, clock, signal } = options;
  // Two jobs of one run, and two attempts of one job, are two holders.
  const holderIdentity = `${options.holder} (${randomBytes(4).toString('hex')})`;
  const id = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: leaseName };
  while (true) {
    signal.throwIfAborted();
    const live = await cluster.get(id);
    const before = live && specOf(live);
    if (live && before?.holderIdentity === holderIdentity) return live;
    if (live && before?.holderIdentity && !(await hasDied(cluster, live, options))) continue;
    const now = microTime(clock.now());
    const spec: LeaseSpec = {
      holderIdentity,
      leaseDurationSeconds: Math.ceil(duration / 1000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + 1,
    };
    const taken = await take(cluster, live, { ...id, spec });
    if (taken) return taken;
  }
}

/** Takes a Lease as it was seen, or makes it; undefined where somebody was faster, or the answer got lost. */
async function take(
  cluster: Cluster,
  live: KubernetesObject | undefined,
  { apiVersion, kind, namespace, name, spec }: ObjectId & { spec: LeaseSpec },
): Promise<KubernetesObject | undefined> {
  if (live) return cluster.replace({ ...live, spec });
  const labels = { 'app.kubernetes.io/managed-by': 'istio-delivery' };
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels };
  const made = await cluster.create({ apiVersion, kind, metadata, spec });
  return made.created ? made.object : undefined;
}

/**
 * Whether nobody renews a Lease for as long as its holder says that it is good: by looks at it and by our own clock.
 * False where it was given back or deleted meanwhile; throws `LockHeld` where somebody renews or takes it.
 */
async function hasDied(cluster: Cluster, lease: KubernetesObject, options: LeaseOptions): Promise<boolean> {
  const { clock, duration, reporter, signal } = options;
  const seen = specOf(lease);
  const theirs = (seen.leaseDurationSeconds ?? 0) * 1000;
  const patience = Math.min(Math.max(theirs, duration), longestDuration);
  const since = clock.monotonic();
  reporter?.line(
    `${cluster.name}: "${seen.holderIdentity}" holds the lock; looks for up to a minute whether that run is alive`,
  );
  while (clock.monotonic() - since < patience) {
    await clock.sleep(Math.min(lookEvery, duration / 5), signal);
    const now = await cluster.get(objectId(lease));
    const spec = now && specOf(now);
    if (!spec?.holderIdentity || now?.metadata.uid !== lease.metadata.uid) return false;
    if (!isDeepStrictEqual(spec, seen)) throw lockHeld(cluster, spec);
  }
  return true;
}

async function release(cluster: Cluster, lease: KubernetesObject): Promise<void> {
  const { holderIdentity: _holder, ...spec } = specOf(lease);
  // Best effort: a Lease that is not given back runs out.
  await rewrite(cluster, lease, { ...spec, holderIdentity: '' }).catch(() => undefined);
}

function specOf(lease: KubernetesObject): LeaseSpec {
  return (lease.spec ?? {}) as LeaseSpec;
}

/** The form of a Kubernetes MicroTime. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

function lockHeld(cluster: Cluster, { holderIdentity, acquireTime }: LeaseSpec): DeliveryError {
  return new DeliveryError(
    `cluster ${cluster.name} is locked by "${holderIdentity ?? 'somebody'}" since ${acquireTime ?? 'an unknown time'}: another run is at work and renews the lock; wait until it ends`,
    { code: 'LockHeld', kind: 'refused', retryable: true },
  );
}

function lockLost(cluster: Cluster, reason: string): DeliveryError {
  return new DeliveryError(`the lock of cluster ${cluster.name} was lost: ${reason}; the run stopped`, {
    remedy: 'the same plan, or resume for an upgrade, goes on',
    code: 'LockLost',
    retryable: true,
  });
}
