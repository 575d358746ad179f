import { applyGiven } from '../apply/apply-given.ts';
import { waitReady } from '../apply/wait-ready.ts';
import type { PlacedObject } from '../bundle/manifests/read-objects.ts';
import { DeliveryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster, ObjectType } from '../ports/cluster.ts';
import { formatObjectId, groupOf, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { definedKind } from './foreign-kinds.ts';

export interface PrerequisiteOptions {
  /** Namespaces that nothing brings along, as the rehearsal makes them. */
  namespaces: readonly KubernetesObject[];
  fieldManager: string;
  /** Milliseconds that they may take to become ready. */
  timeout: number;
  clock: Clock;
  signal: AbortSignal;
}

/** Objects in the order in which they are applied, each step ready before the next one. */
export interface PrerequisiteSteps {
  definitions: KubernetesObject[];
  namespaces: KubernetesObject[];
  /** What Kubernetes itself knows: Secrets, and operators with all that they need. */
  builtIn: KubernetesObject[];
  /** What definitions and operators are for. Nobody may be there who would ever call it ready. */
  custom: KubernetesObject[];
}

/** Milliseconds between two looks at what an API server serves. */
const askEvery = 200;

export function prerequisiteSteps(
  objects: readonly KubernetesObject[],
  missing: readonly KubernetesObject[],
): PrerequisiteSteps {
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  const own = objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace');
  const rest = objects.filter((object) => !definitions.includes(object) && !own.includes(object));
  const used = new Set(rest.flatMap(({ metadata }) => metadata.namespace ?? []));
  const known = [...own, ...missing.filter(({ metadata }) => used.has(metadata.name))];
  const names = new Set(known.map(({ metadata }) => metadata.name));
  const bare = [...used]
    .filter((name) => !names.has(name))
    // The bundle or the workloads bring it, and come later.
    .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const types = new Set(definitions.flatMap(servedTypes).map(keyOf));
  return {
    definitions,
    namespaces: [...known, ...bare],
    builtIn: rest.filter((object) => !types.has(keyOf(object))),
    custom: rest.filter((object) => types.has(keyOf(object))),
  };
}

/** Applies what the environment has and no bundle brings. */
export async function bringPrerequisites(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  { namespaces, fieldManager, timeout, clock, signal }: PrerequisiteOptions,
): Promise<void> {
  const steps = prerequisiteSteps(objects, namespaces);
  const apply = (step: KubernetesObject[]) => applyGiven(cluster, step, fieldManager);
  const ready = (step: KubernetesObject[]) => waitReady(cluster, step, { timeout, clock, signal });
  await ready(await apply(steps.definitions));
  for (const type of steps.definitions.flatMap(servedTypes)) await untilServed(cluster, type, { clock, signal });
  await apply(steps.namespaces);
  await ready(await apply(steps.builtIn));
  await apply(steps.custom);
}

/** An API server hears of a type some moments after its definition is established. */
async function untilServed(
  cluster: Cluster,
  type: ObjectType,
  { clock, signal }: Pick<PrerequisiteOptions, 'clock' | 'signal'>,
): Promise<void> {
  const giveUp = clock.now().getTime() + 30_000;
  while (!(await cluster.serves(type))) {
    if (clock.now().getTime() >= giveUp) {
      throw new DeliveryError(
        `${type.kind} of ${type.apiVersion} is not served 30 s after its CustomResourceDefinition was established`,
        { code: 'PrerequisiteMissing' },
      );
    }
    await clock.sleep(askEvery, signal);
  }
}

/**
 * Two documents of one object would be applied one over the other, and what needs the others' CRDs comes after those.
 * Throws `PrerequisiteRepeated` with the place of each.
 */
export function refuseRepeatedPrerequisites(
  prerequisites: readonly PlacedObject[],
  others: readonly { who: string; objects: readonly KubernetesObject[] }[],
): void {
  const keyOfObject = (object: KubernetesObject) => objectKey(objectId(object));
  const sides = others.map(({ who, objects }) => ({
    who,
    keys: new Set(objects.map(keyOfObject)),
    kinds: new Set(objects.flatMap(definedKind)),
  }));
  const repeated = prerequisites.flatMap(({ object, place }) => {
    // A namespace is its owners' and the mesh's.
    if (object.kind === 'Namespace') return [];
    const subject = `${place}: ${formatObjectId(objectId(object))}`;
    const side = sides.find(({ keys }) => keys.has(keyOfObject(object)));
    if (side) return [`${subject}, which ${side.who} too`];
    const kind = `${groupOf(object.apiVersion)}/${object.kind}`;
    const definer = sides.find(({ kinds }) => kinds.has(kind));
    return definer ? [`${subject}, whose kind ${definer.who}: give it as workloads`] : [];
  });
  if (repeated.length === 0) return;
  throw new DeliveryError(
    ['The manifests given as prerequisites hold what comes anyway; take it out of them', ...repeated].join('\n'),
    { code: 'PrerequisiteRepeated', kind: 'usage' },
  );
}

function servedTypes({ spec }: KubernetesObject): ObjectType[] {
  const {
    group,
    names,
    versions = [],
  } = (spec ?? {}) as {
    group?: string;
    names?: { kind?: string };
    versions?: { name: string; served: boolean }[];
  };
  return versions
    .filter(({ served }) => served)
    .map(({ name }) => ({ apiVersion: `${group}/${name}`, kind: names?.kind ?? '' }));
}

function keyOf({ apiVersion, kind }: ObjectType): string {
  return `${apiVersion} ${kind}`;
}
