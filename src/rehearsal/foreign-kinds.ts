import type { Bundle, ClusterBundle } from '../bundle/bundle.ts';
import type { PlacedObject } from '../bundle/manifests/read-objects.ts';
import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, groupOf, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';

/** A kind of which objects are applied, and which nothing that is applied defines. */
export interface ForeignKind {
  apiVersion: string;
  kind: string;
  /** One object of it, with its place where that is known: `HTTPRoute shop/web (config/shop.yaml:3)`. */
  object: string;
  /** Kubernetes itself may serve it, in this version or another; it serves none of any other group. */
  builtIn: boolean;
}

export interface AppliedObjects {
  bundles: readonly ClusterBundle[];
  workloads: readonly KubernetesObject[];
  prerequisites: readonly PlacedObject[];
  /** Places of the bundle's objects by `objectKey`. */
  sources: NonNullable<Bundle['sources']>;
}

/** Groups that every API server serves. Those of Gateway API and of snapshots end alike, and are nobody's but their CRDs'. */
const builtInGroups = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Every kind that is applied and that no CRD among it defines, once, in the order of their names. */
export function foreignKinds({ bundles, workloads, prerequisites, sources }: AppliedObjects): ForeignKind[] {
  const bundled = bundles.flatMap(({ stages }) => stages.flatMap(({ objects }) => objects));
  const places = new Map([
    ...Object.entries(sources),
    ...prerequisites.map(({ object, place }) => [objectKey(objectId(object)), place] as const),
  ]);
  const all = [...prerequisites.map(({ object }) => object), ...bundled, ...workloads];
  const defined = new Set(all.flatMap(definedKind));
  const found = new Map<string, ForeignKind>();
  for (const object of all) {
    const { apiVersion, kind } = object;
    const group = groupOf(apiVersion);
    const key = `${apiVersion} ${kind}`;
    if (defined.has(`${group}/${kind}`) || found.has(key)) continue;
    found.set(key, { apiVersion, kind, object: placed(object, places), builtIn: builtInGroups.has(group) });
  }
  return [...found.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, kind]) => kind);
}

/** Those of them that a cluster does not serve. */
export async function missingKinds(cluster: Cluster, kinds: readonly ForeignKind[]): Promise<ForeignKind[]> {
  const served = await Promise.all(kinds.map((kind) => cluster.serves(kind)));
  return kinds.filter((_, index) => !served[index]);
}

/** Throws `PrerequisiteMissing` where there is any. */
export function refuseMissing(missing: readonly ForeignKind[]): void {
  if (missing.length === 0) return;
  const lines = missing.map(({ apiVersion, kind, object }) => `${kind} of ${apiVersion}, such as ${object}`);
  throw new DeliveryError(
    `the rehearsal's cluster has no ${lines.join('; no ')}: nothing that is applied defines it; give the CRDs that the environment has as prerequisites`,
    { code: 'PrerequisiteMissing' },
  );
}

/** The kind that a CRD defines, with its group; none for any other object. */
export function definedKind({ kind, spec }: KubernetesObject): string[] {
  if (kind !== 'CustomResourceDefinition') return [];
  const { group, names } = (spec ?? {}) as { group?: string; names?: { kind?: string } };
  return [`${group}/${names?.kind}`];
}

function placed(object: KubernetesObject, places: ReadonlyMap<string, string>): string {
  const id = objectId(object);
  const place = places.get(objectKey(id));
  return `${formatObjectId(id)}${place === undefined ? '' : ` (${place})`}`;
}
