import { DeliveryError, messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster, ListOptions, ObjectType } from '../ports/cluster.ts';
import { type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { backoffDelay } from './backoff.ts';

export interface ObjectMirrorOptions {
  cluster: Cluster;
  type: ObjectType;
  where?: ListOptions;
  clock: Clock;
  changed(): void;
  /** Why the API server cannot be followed for the moment; undefined once it can. `lasting` where waiting does not help. */
  trouble(reason: string | undefined, lasting?: true): void;
}

/** The live objects of one type, by what the API server told last. */
export interface ObjectMirror<T extends KubernetesObject> {
  objects(): T[];
  /** Follows the API server until the signal is aborted, through its restarts. */
  follow(signal: AbortSignal): Promise<void>;
}

const backoff = { first: 200, longest: 3000 };

/** Lists and watches, and lists again where a watch cannot go on. */
export function mirrorObjects<T extends KubernetesObject>(options: ObjectMirrorOptions): ObjectMirror<T> {
  const { cluster, type, where = {}, clock, changed, trouble } = options;
  const known = new Map<string, T>();

  /** Who owns which field is most of an object's size, and nothing here asks for it. */
  function keep(object: KubernetesObject): void {
    const { managedFields: _managedFields, ...metadata } = object.metadata;
    known.set(objectKey(objectId(object)), { ...object, metadata } as T);
  }

  async function list(): Promise<string> {
    const { items, resourceVersion } = await cluster.list(type, where);
    known.clear();
    for (const item of items) keep(item);
    trouble(undefined);
    changed();
    return resourceVersion;
  }

  async function watch(from: string, signal: AbortSignal): Promise<string> {
    let resourceVersion = from;
    for await (const event of cluster.watch(type, { ...where, resourceVersion }, signal)) {
      if (event.kind === 'bookmark') {
        resourceVersion = event.resourceVersion;
        continue;
      }
      resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
      const key = objectKey(objectId(event.object));
      if (event.kind === 'deleted') known.delete(key);
      else keep(event.object);
      changed();
    }
    return resourceVersion;
  }

  return {
    objects: () => [...known.values()],

    async follow(signal) {
      let failures = 0;
      let resourceVersion: string | undefined;
      while (!signal.aborted) {
        try {
          resourceVersion ??= await list();
          const before = clock.now().getTime();
          resourceVersion = await watch(resourceVersion, signal);
          failures = clock.now().getTime() - before > 1000 ? 0 : failures + 1;
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof DeliveryError) || error.code !== 'WatchFailed') resourceVersion = undefined;
          const isForbidden = error instanceof DeliveryError && error.code === 'Forbidden';
          if (isForbidden) trouble(messageOf(error), true);
          else if (!(error instanceof DeliveryError) || error.code !== 'WatchExpired') trouble(messageOf(error));
          failures += 1;
        }
        if (failures > 0)
          await clock.sleep(backoffDelay(backoff, failures, Math.random()), signal).catch(() => undefined);
      }
    },
  };
}
