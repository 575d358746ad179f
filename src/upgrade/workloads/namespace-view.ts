import { mirrorObjects, type ObjectMirror } from '../../apply/object-mirror.ts';
import { ownersThrough, sharePods, type Workload } from '../../cluster/pod-owner.ts';
import { DeliveryError } from '../../errors.ts';
import type { ObjectType } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { isLive } from './proxy-pod.ts';
import { workloadTypes } from './workload.ts';

/** A namespace as the API server told it last. */
export interface NamespaceView {
  /**
   * Its workloads with their live pods, and the live pods that belong to none of them. Throws `NamespaceUnreadable` where
   * the right to read them is missing.
   */
  look(): { workloads: Workload[]; others: KubernetesObject[]; replicaSets: KubernetesObject[] };
}

const pods: ObjectType = { apiVersion: 'v1', kind: 'Pod' };
const sets: ObjectType = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };

/** Types that most clusters do not serve, and that cannot be watched there. */
const optional = (type: ObjectType) => !type.apiVersion.startsWith('apps/');

/** Works with a view of a namespace, kept by one list and watch for each type; `changed` is called with every change. */
export async function withNamespaceView<T>(
  context: UpgradeContext,
  namespace: string,
  changed: () => void,
  work: (view: NamespaceView) => Promise<T>,
): Promise<T> {
  const types = await servedTypes(context, namespace);
  const troubles = new Map<ObjectType, Trouble>();
  const open = (type: ObjectType) => openMirror({ context, namespace, type, troubles, changed });
  const objects = types.map(open);
  const [between, held] = [open(sets), open(pods)];
  const mirrors = [...objects, between, held];
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, context.signal]);
  const follows = mirrors.map(({ mirror }) => mirror.follow(signal));
  try {
    await firstLists(context, namespace, { mirrors, troubles, signal });
    return await work({
      look() {
        if (isLasting(troubles)) throw unreadable(context, namespace, troubles);
        const replicaSets = between.mirror.objects();
        const workloads = objects.flatMap(({ mirror }) => mirror.objects());
        const live = held.mirror.objects().filter(isLive);
        return { ...sharePods(workloads, live, ownersThrough(replicaSets)), replicaSets };
      },
    });
  } finally {
    done.abort();
    await Promise.all(follows);
  }
}

async function servedTypes({ cluster }: UpgradeContext, namespace: string): Promise<ObjectType[]> {
  const served = await Promise.all(
    workloadTypes.map(
      async (type) => !optional(type) || (await cluster.list(type, { namespace })).resourceVersion !== '',
    ),
  );
  return workloadTypes.filter((_type, index) => served[index]);
}

/** Why a type cannot be read now. */
interface Trouble {
  reason: string;
  /** Waiting does not help. */
  lasting: boolean;
}

function isLasting(troubles: ReadonlyMap<ObjectType, Trouble>): boolean {
  return [...troubles.values()].some(({ lasting }) => lasting);
}

interface OpenMirror {
  mirror: ObjectMirror<KubernetesObject>;
  /** Resolves when it has been listed for the first time. */
  listed: Promise<void>;
}

function openMirror(options: {
  context: UpgradeContext;
  namespace: string;
  type: ObjectType;
  troubles: Map<ObjectType, Trouble>;
  changed: () => void;
}): OpenMirror {
  const { context, namespace, type, troubles, changed } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const mirror = mirrorObjects({
    cluster: context.cluster,
    type,
    where: { namespace },
    clock: context.clock,
    changed() {
      resolve();
      changed();
    },
    trouble(reason, lasting = undefined) {
      if (reason === undefined) {
        troubles.delete(type);
        return;
      }
      troubles.set(type, {
        reason: `${type.kind} objects of namespace ${namespace}: ${reason}`,
        lasting: lasting === true,
      });
      if (lasting) reject(unreadable(context, namespace, troubles));
    },
  });
  return { mirror, listed: promise };
}

async function firstLists(
  context: UpgradeContext,
  namespace: string,
  { mirrors, troubles, signal }: { mirrors: OpenMirror[]; troubles: Map<ObjectType, Trouble>; signal: AbortSignal },
): Promise<void> {
  const { clock, timeout } = context;
  const done = new AbortController();
  const late = clock.sleep(timeout, AbortSignal.any([signal, done.signal]));
  late.catch(() => undefined);
  try {
    await Promise.race([
      Promise.all(mirrors.map(({ listed }) => listed)),
      late.then(() => Promise.reject(unreadable(context, namespace, troubles))),
    ]);
  } finally {
    done.abort();
  }
}

function unreadable(
  { cluster }: UpgradeContext,
  namespace: string,
  troubles: ReadonlyMap<ObjectType, Trouble>,
): DeliveryError {
  const reasons = [...troubles.values()].map(({ reason }) => reason).join('; ') || 'the API server does not answer';
  return new DeliveryError(`namespace ${namespace} of cluster ${cluster.name} cannot be read: ${reasons}`, {
    remedy: 'grant the right to list and watch them, or mend the API server, and resume',
    code: 'NamespaceUnreadable',
    retryable: !isLasting(troubles),
  });
}
