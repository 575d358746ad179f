import { DeliveryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId, objectKey } from '../ports/objects.ts';
import { promotionCures } from './cures.ts';
import { explainWorkload, repeats } from './explain.ts';
import { type Readiness, readiness } from './readiness.ts';

export interface WaitOptions {
  /** Milliseconds until the wait fails. */
  timeout: number;
  clock: Clock;
  signal: AbortSignal;
  /** What to do once the cause of a failure is mended; to promote again where nothing is said. */
  cure?: string;
  /** Number of replicas that a workload must be scaled to, by `objectKey`, whatever its own spec says. */
  wanted?: ReadonlyMap<string, number>;
  /** Called with every object that is not ready yet, whenever one of them changed. */
  onProgress?: (unfinished: Unfinished[]) => void;
}

export interface Unfinished {
  id: ObjectId;
  reason: string;
}

/** How often those who follow a long wait are told that it goes on, in milliseconds. */
const tellEvery = 5_000;

/** How long a cut watch is left alone before the objects are listed again, in milliseconds. */
const rewatchAfter = 500;

/**
 * Waits until every object is ready, by watching them. Fails with `NotReady`, naming every unfinished object and
 * why, when the time is over, or at once when a controller has given up on one.
 */
export async function waitReady(cluster: Cluster, objects: KubernetesObject[], options: WaitOptions): Promise<void> {
  const waiting = new Map<string, { id: ObjectId; state: Exclude<Readiness, { kind: 'ready' }> }>();
  const see = (object: KubernetesObject) => {
    const id = objectId(object);
    const state = readiness(object, { atLeast: options.wanted?.get(objectKey(id)) ?? 0 });
    if (state.kind === 'ready') waiting.delete(objectKey(id));
    else waiting.set(objectKey(id), { id, state });
  };
  const unfinished = () => [...waiting.values()].map(({ id, state }) => ({ id, reason: state.reason }));
  const failed = () => [...waiting.values()].find(({ state }) => state.kind === 'failed');

  objects.forEach(see);
  if (waiting.size === 0) return;
  options.onProgress?.(unfinished());

  const done = new AbortController();
  const deadline = AbortSignal.any([done.signal, options.signal]);
  const watched = Map.groupBy([...waiting.values()], ({ id }) => `${id.apiVersion} ${id.kind} ${id.namespace ?? ''}`);
  const tell = () => {
    options.onProgress?.(unfinished());
    if (waiting.size === 0 || failed()) done.abort();
  };
  const watches = [...watched.values()].map((group) => {
    const ids = new Map(group.map(({ id }) => [objectKey(id), id]));
    const [first] = group;
    return first === undefined
      ? Promise.resolve()
      : follow(cluster, first.id, { clock: options.clock, signal: deadline }, (object, there) => {
          const key = objectKey(objectId(object));
          const id = ids.get(key);
          if (!id) return;
          if (there) see(object);
          else if (waiting.has(key)) waiting.set(key, { id, state: { kind: 'failed', reason: 'it was deleted' } });
          tell();
        });
  });
  const timer = options.clock.sleep(options.timeout, deadline).then(
    () => done.abort(),
    () => undefined,
  );
  const reminder = repeat(tell, tellEvery, { clock: options.clock, signal: deadline });
  try {
    await Promise.all([...watches, timer, reminder]);
  } finally {
    done.abort();
  }
  options.signal.throwIfAborted();
  if (waiting.size > 0) {
    const { timeout, cure = promotionCures.goOn } = options;
    throw await notReady(cluster, unfinished(), { cure, ...(failed() ? {} : { timeout }) });
  }
}

async function repeat(work: () => void, milliseconds: number, { clock, signal }: Waiting): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(milliseconds, signal).then(work, () => undefined);
  }
}

interface Waiting {
  clock: Clock;
  signal: AbortSignal;
}

/** Shows every state of the objects of one type and namespace to `see`, until the signal is aborted. */
async function follow(
  cluster: Cluster,
  { apiVersion, kind, namespace }: ObjectId,
  { clock, signal }: Waiting,
  see: (object: KubernetesObject, there: boolean) => void,
): Promise<void> {
  const where = namespace === undefined ? {} : { namespace };
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await cluster.list({ apiVersion, kind }, where);
      for (const item of items) see(item, true);
      for await (const event of cluster.watch({ apiVersion, kind }, { ...where, resourceVersion }, signal)) {
        if (event.kind !== 'bookmark') see(event.object, event.kind !== 'deleted');
      }
    } catch (error) {
      if (!(error instanceof DeliveryError && error.retryable)) throw error;
    }
    await clock.sleep(rewatchAfter, signal).catch(() => undefined);
  }
}

async function notReady(
  cluster: Cluster,
  unfinished: Unfinished[],
  { timeout, cure }: { timeout?: number; cure: string },
): Promise<DeliveryError> {
  const lines = await Promise.all(
    unfinished.map(async ({ id, reason }) => {
      const why = await explainWorkload(cluster, id).catch(() => undefined);
      return `${formatObjectId(id)} is not ready: ${reason}${why === undefined || repeats(reason, why) ? '' : ` (${why})`}`;
    }),
  );
  const after = timeout === undefined ? '' : ` after ${Math.round(timeout / 1000)} s`;
  return new DeliveryError(`cluster ${cluster.name} did not become ready${after}: ${lines.join('; ')}`, {
    remedy: `Mend the cause and ${cure}`,
    code: 'NotReady',
    retryable: true,
  });
}
