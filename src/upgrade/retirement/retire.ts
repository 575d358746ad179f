import { inParallel } from '../../apply/in-parallel.ts';
import type { StoredBundle } from '../../apply/stored-bundle.ts';
import type { Stage } from '../../bundle/bundle.ts';
import { DeliveryError } from '../../errors.ts';
import { readInventory } from '../../plan/cluster-state.ts';
import type { Change } from '../../plan/plan.ts';
import { type Standing, standingOf } from '../../plan/prune.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectKey } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { revisionUses } from './prove-unused.ts';
import { retiredObjects } from './retired-objects.ts';
import type { LeavingRevision, RevisionUse } from './revision-use.ts';
import { type Deleted, waitGone } from './wait-gone.ts';

export interface Retirement {
  /** What the cluster runs of the revision that goes. */
  leaving: StoredBundle;
  /** What the cluster is to run afterwards. */
  staying: StoredBundle;
  /** Only objects of these stages are deleted; of every stage where nothing is said. */
  stages?: readonly Stage[];
  /** What was approved: nothing else is deleted. Whatever goes is deleted where nothing is said. */
  approved?: readonly Change[];
}

export interface Retired {
  deleted: number;
  /** Objects that are no longer the ones that were delivered, and so were left, each with the reason. */
  left: string[];
}

/** Refuses with `RevisionInUse` where something still uses the leaving revision; writes nothing. */
export async function refuseInUse(context: UpgradeContext, retirement: Retirement): Promise<void> {
  await proveUnused(context, retirement.leaving.manifest.istio.revision, await examine(context, retirement));
}

/**
 * Deletes what only the leaving bundle has, after the proof that nothing uses its revision, and waits until it is gone.
 * Refuses with `RevisionInUse` otherwise. What was deleted before counts for nothing, so it can simply be run again.
 */
export async function retireRevision(context: UpgradeContext, retirement: Retirement): Promise<Retired> {
  const { cluster, reporter, signal } = context;
  const { leaving, stages } = retirement;
  const examined = await examine(context, retirement);
  await proveUnused(context, leaving.manifest.istio.revision, examined);

  const deleted: Deleted[] = [];
  const left = new Set<string>();
  for (const { stage, objects } of examined) {
    if (stages && !stages.includes(stage)) continue;
    await inParallel(objects, signal, async ({ id, live, standing }) => {
      const leave = (reason: string) => {
        left.add(`${formatObjectId(id)}: ${reason}`);
        reporter.warning(`${cluster.name} · retire: ${formatObjectId(id)} is left alone: ${reason}`);
      };
      if (standing.kind === 'not ours') leave(standing.reason);
      if (standing.kind !== 'ours' || !live) return;
      if (await cluster.delete(id, standing.uid)) {
        deleted.push({ id, uid: standing.uid, live });
        reporter.line(`${cluster.name} · retire: ${formatObjectId(id)} deleted`);
      } else if (await cluster.get(id)) {
        leave('somebody deleted it and created it again');
      }
    });
  }
  await waitGone(context, deleted);
  return { deleted: deleted.length, left: [...left] };
}

interface Examined {
  stage: Stage;
  objects: { id: ObjectId; live: KubernetesObject | undefined; standing: Standing }[];
}

async function examine(
  { cluster, namespace, signal }: UpgradeContext,
  { leaving, staying, approved }: Retirement,
): Promise<Examined[]> {
  const deletions =
    approved && new Set(approved.flatMap(({ action, id }) => (action === 'delete' ? [objectKey(id)] : [])));
  const inventory = new Map(
    (await readInventory(cluster, namespace)).map((entry) => [objectKey(entry.id), entry] as const),
  );
  const examined: Examined[] = [];
  for (const { stage, ids } of retiredObjects(leaving.bundle, staying.bundle)) {
    const objects = await inParallel(ids, signal, async (id) => {
      const live = await cluster.get(id);
      const entry = inventory.get(objectKey(id));
      if (live && deletions?.has(objectKey(id)) === false) {
        return { id, live, standing: { kind: 'not ours', reason: 'the approved plan does not delete it' } as const };
      }
      if (entry || !live) return { id, live, standing: standingOf(live, entry ?? { uid: '' }, leaving.manifest.mesh) };
      return { id, live, standing: { kind: 'not ours', reason: 'the inventory does not name it' } as const };
    });
    examined.push({ stage, objects });
  }
  return examined;
}

/** How many uses an error names. */
const namedUses = 20;

async function proveUnused(context: UpgradeContext, revision: string, examined: Examined[]): Promise<void> {
  const objects = examined.flatMap(({ objects }) => objects);
  const going = objects.filter(({ standing }) => standing.kind !== 'not ours');
  const leaving = { revision, leaving: new Set(going.map(({ id }) => objectKey(id))) };
  const uses = await lastingUses(context, leaving);
  if (uses.length === 0) return;
  const more = uses.length > namedUses ? `; and ${uses.length - namedUses} more` : '';
  throw new DeliveryError(
    `revision ${revision} of cluster ${context.cluster.name} cannot be retired, it is in use (${uses.length}): ${uses.slice(0, namedUses).map(useSentence).join('; ')}${more}`,
    { code: 'RevisionInUse', kind: 'refused' },
  );
}

/** How often it is looked whether what goes by itself has gone, in milliseconds. */
const lookEvery = 1_000;

/** What uses the revision, after what goes by itself had its time: pods drain for a while when they have been replaced. */
async function lastingUses(context: UpgradeContext, leaving: LeavingRevision): Promise<RevisionUse[]> {
  const { cluster, clock, reporter, signal, timeout } = context;
  const giveUp = clock.now().getTime() + timeout;
  const ending = new Set<string>();
  while (true) {
    const uses = await revisionUses(context, leaving);
    for (const { object, passes } of uses) if (passes) ending.add(object);
    // istiod may still tell of a proxy for a moment when its pod is gone.
    const passing = uses.filter(({ object }) => ending.has(object) || ending.has(object.replace(/^proxy /, 'Pod ')));
    const [first] = uses;
    if (!first || passing.length < uses.length || clock.now().getTime() >= giveUp) return uses;
    const others = uses.length > 1 ? ` and ${uses.length - 1} more` : '';
    reporter.progress(`${cluster.name} · retire: ${first.object} ${first.reason}${others}`);
    await clock.sleep(lookEvery, signal);
  }
}

/** One use as a sentence: what, why, and what to do. */
export function useSentence({ object, reason, cure }: RevisionUse): string {
  return `${object} ${reason} (${cure})`;
}
