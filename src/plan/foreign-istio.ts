import type { BundleManifest, ClusterBundle, Stage } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { defaultTag } from '../mesh/mesh.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import type { InventoryEntry } from './cluster-state.ts';
import { type IstioInCluster, ownership, revisionOfIstiod, servedRevisions, tagOf } from './istio-in-cluster.ts';
import type { ObjectPlan } from './plan-object.ts';

/** Something of an Istio that is not this mesh's, and that the bundle would get in the way of. */
export interface ForeignFinding {
  object: string;
  reason: string;
  /** Its place in the cluster has no other name that this mesh could take instead. */
  isOnly: boolean;
}

export interface ForeignFacts {
  manifest: Pick<BundleManifest, 'mesh' | 'istio' | 'namespaces'>;
  bundle: ClusterBundle;
  inventory: readonly InventoryEntry[];
  istio: IstioInCluster;
  objects: readonly Pick<ObjectPlan, 'planned' | 'live' | 'outcome'>[];
}

/** What the bundle must find absent or its own: everything of Istio's that it brings. */
const claimed: ReadonlySet<Stage> = new Set<Stage>(['base', 'revision', 'gateways', 'routing']);

/** How many findings an error names. */
const namedFindings = 20;

/** Refuses a cluster whose Istio is somebody else's (`ForeignIstio`), with all that was found and the ways out. */
export function refuseForeignIstio(cluster: string, facts: ForeignFacts): void {
  const findings = foreignFindings(facts);
  if (findings.length === 0) return;
  const lines = findings.slice(0, namedFindings).map(({ object, reason }) => `  ${object} ${reason}`);
  const more = findings.length > namedFindings ? [`  and ${findings.length - namedFindings} more`] : [];
  throw new DeliveryError(
    [
      `cluster ${cluster} has an Istio that is not of mesh ${facts.manifest.mesh}, and nothing was written; found:`,
      ...lines,
      ...more,
      waysOut(findings),
    ].join('\n'),
    { code: 'ForeignIstio', kind: 'refused' },
  );
}

export function foreignFindings({ manifest, bundle, inventory, istio, objects }: ForeignFacts): ForeignFinding[] {
  const isOurs = ownership(manifest.mesh, inventory);
  const foreign = {
    istiods: istio.istiods.filter((object) => !isOurs(object)),
    webhooks: istio.webhooks.filter((object) => !isOurs(object)),
  };
  const names = new Set([manifest.istio.revision, defaultTag, ...tagsOf(bundle)]);
  const found = new Map<string, ForeignFinding>();
  const add = (object: KubernetesObject, reason: string | undefined, isOnly = false) => {
    const key = objectKey(objectId(object));
    if (reason !== undefined && !found.has(key)) {
      found.set(key, { object: formatObjectId(objectId(object)), reason, isOnly });
    }
  };
  for (const istiod of foreign.istiods) add(istiod, istiodReason(istiod, manifest));
  for (const webhook of foreign.webhooks) {
    const both = servedRevisions(webhook).filter((name) => names.has(name));
    add(webhook, webhookReason(webhook, both), both.includes(defaultTag));
  }
  for (const { planned, live, outcome } of objects) {
    if (!live || isOurs(live)) continue;
    if (claimed.has(planned.stage) && planned.object.kind !== 'Namespace') {
      add(live, 'exists, and the bundle brings an object of that name');
    }
    if (planned.stage === 'crds' && foreign.istiods.length > 0 && changesSpec(outcome)) {
      add(live, "is the other control plane's too, and the bundle would change it", true);
    }
  }
  return [...found.values()];
}

function istiodReason(istiod: KubernetesObject, { istio, namespaces }: ForeignFacts['manifest']): string | undefined {
  const revision = revisionOfIstiod(istiod);
  if (istiod.metadata.namespace === namespaces.controlPlane) {
    return `is a control plane of revision ${revision} in the namespace of the bundle's`;
  }
  if (revision === istio.revision) return `is a control plane of the bundle's revision ${revision}`;
  return undefined;
}

function webhookReason(webhook: KubernetesObject, both: readonly string[]): string | undefined {
  if (both.length === 0) return undefined;
  const does = webhook.kind === 'MutatingWebhookConfiguration' ? 'injects' : 'validates';
  const tag = tagOf(webhook);
  const what = tag === undefined ? '' : ` (tag ${tag})`;
  return `${does} for ${both.map(servedText).join(', ')}${what}, as the bundle's would too`;
}

function servedText(name: string): string {
  return name === defaultTag ? 'what names no revision' : `revision or tag ${name}`;
}

function tagsOf(bundle: ClusterBundle): string[] {
  return bundle.stages.flatMap(({ objects }) => objects.flatMap((object) => tagOf(object) ?? []));
}

function changesSpec(outcome: ObjectPlan['outcome']): boolean {
  if (outcome.kind === 'problem') return true;
  return (
    outcome.kind === 'change' &&
    outcome.change.action === 'update' &&
    outcome.change.fields.some(({ path }) => path.startsWith('.spec'))
  );
}

function waysOut(findings: readonly ForeignFinding[]): string {
  const remove = 'uninstall it first if nothing uses it; taking over an Istio that runs is not possible yet';
  if (findings.some(({ isOnly }) => isOnly)) {
    return `This mesh cannot be installed beside it, for both would hold what a cluster has once; ${remove}.`;
  }
  return `To install this mesh beside it, give it other names in the mesh file (namespaces.controlPlane, istio.revision, the tags of groups, gateways); otherwise ${remove}.`;
}
