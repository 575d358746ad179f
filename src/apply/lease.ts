import { DeliveryError, messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, objectId } from '../ports/objects.ts';

export interface LeaseOptions {
  namespace: string;
  /** Who holds it, as the next one reads it: a run's address, or a person and a host. */
  holder: string;
  /** Milliseconds after which a holder that does not renew has lost it. */
  duration: number;
  clock: Clock;
  signal: AbortSignal;
}

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
}

export const leaseName = 'istio-delivery';

/** Milliseconds that a dead run keeps the lock. */
export const lockDuration = 15_000;

/**
 * Runs `work` while holding the cluster's Lease. Somebody else's live Lease is refused (`LockHeld`); an expired one is
 * taken over. When it can no longer be renewed, the signal that `work` got is aborted before the Lease runs out.
 */
export async function withLease<T>(
  cluster: Cluster,
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let lease = await acquire(cluster, options);
  const stop = new AbortController();
  const lost = new AbortController();
  const renewing = keepRenewing();
  try {
    return await work(AbortSignal.any([options.signal, lost.signal]));
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
    let renewedAt = clock.now().getTime();
    while (true) {
      await clock.sleep(duration / 5, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      const left = renewedAt + duration * 0.6 - clock.now().getTime();
      const failure = await Promise.race([renew(), silence(Math.max(0, left))]);
      if (stop.signal.aborted) return;
      if (failure === undefined) renewedAt = clock.now().getTime();
      else if (failure === takenOver || clock.now().getTime() - renewedAt >= duration * 0.6) {
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
  const { namespace, holder, duration, clock } = options;
  const now = microTime(clock.now());
  const spec: LeaseSpec = {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(duration / 1000),
    acquireTime: now,
    renewTime: now,
  };
  const id = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: leaseName };
  const labels = { 'app.kubernetes.io/managed-by': 'istio-delivery' };
  const { apiVersion, kind } = id;
  const created = await cluster.create({ apiVersion, kind, metadata: { name: leaseName, namespace, labels }, spec });
  if (created.created) return created.object;

  const live = await cluster.get(id);
  if (live && !isHeld(specOf(live), clock.now())) {
    const taken = await cluster.replace({ ...live, spec });
    if (taken) return taken;
  }
  const holding = await cluster.get(id);
  // The answer to a write that was carried out may have been lost.
  if (holding && isSameHold(specOf(holding), spec)) return holding;
  throw lockHeld(cluster, holding ? specOf(holding) : {});
}

async function release(cluster: Cluster, lease: KubernetesObject): Promise<void> {
  const { holderIdentity: _holder, ...spec } = specOf(lease);
  // Best effort: a Lease that is not given back runs out.
  await rewrite(cluster, lease, { ...spec, holderIdentity: '' }).catch(() => undefined);
}

function isHeld({ holderIdentity, renewTime, leaseDurationSeconds }: LeaseSpec, now: Date): boolean {
  if (!holderIdentity || renewTime === undefined) return false;
  return new Date(renewTime).getTime() + (leaseDurationSeconds ?? 0) * 1000 > now.getTime();
}

function specOf(lease: KubernetesObject): LeaseSpec {
  return (lease.spec ?? {}) as LeaseSpec;
}

/** The form of a Kubernetes MicroTime. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

function lockHeld(cluster: Cluster, { holderIdentity, renewTime, leaseDurationSeconds }: LeaseSpec): DeliveryError {
  return new DeliveryError(
    `cluster ${cluster.name} is locked by "${holderIdentity ?? 'somebody'}" (renewed ${renewTime ?? 'at an unknown time'}, good for ${leaseDurationSeconds ?? '?'} s): another run is at work; wait until it ends, a dead one loses the lock by itself`,
    { code: 'LockHeld', kind: 'refused', retryable: true },
  );
}

function lockLost(cluster: Cluster, reason: string): DeliveryError {
  return new DeliveryError(
    `the lock of cluster ${cluster.name} was lost: ${reason}; the run stopped; the same plan, or resume for an upgrade, goes on`,
    { code: 'LockLost', retryable: true },
  );
}
