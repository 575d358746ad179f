import { DeliveryError } from '../errors.ts';
import { revisionTags } from '../mesh/mesh.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { startAtMinimum } from './autoscaled.ts';
import { type Stage, type StageObjects, stages } from './bundle.ts';
import { asPartOfDefaultTag, defaultValidatorName } from './default-validator.ts';
import { gatewayObjects, gatewayService } from './gateway-objects.ts';
import { meshLabel, tagLabel } from './labels.ts';
import { groupNamespaceObjects, namespaceObjects } from './namespace-objects.ts';
import { orderObjects } from './order-objects.ts';
import { refuseSecrets } from './refuse-secrets.ts';
import { stageOf } from './stage-of.ts';

/** What a cluster's objects come from, besides its mesh. */
export interface ClusterSources {
  /** What istioctl rendered for the cluster. */
  istio: readonly KubernetesObject[];
  /** The team's own configuration. */
  config: readonly KubernetesObject[];
  /** Where the configuration stands, by the keys of its objects. */
  sources?: Readonly<Record<string, string>>;
}

/** All objects of one cluster, each in its stage, in order. */
export function renderCluster(mesh: ClusterMesh, { istio, config, sources = {} }: ClusterSources): StageObjects[] {
  checkRouting(mesh, istio);
  const byStage: Record<Stage, KubernetesObject[]> = {
    namespaces: namespaceObjects(mesh),
    crds: [],
    base: [],
    revision: [],
    gateways: mesh.gateways.flatMap((gateway) => gatewayObjects(mesh, gateway)),
    config: [...config],
    routing: mesh.gateways.map((gateway) => gatewayService(mesh, gateway)),
  };
  for (const object of istio) {
    const stage = stageOf(object, mesh.istio.revision);
    byStage[stage].push(object.metadata.name === defaultValidatorName ? asPartOfDefaultTag(object) : object);
  }
  for (const stage of stages) {
    byStage[stage] = startAtMinimum(byStage[stage]).map((object) => labelObject(object, mesh.name));
  }
  // Without our label: the groups' namespaces are their owners', the mesh writes the one that says the tag.
  for (const namespace of groupNamespaceObjects(mesh)) byStage[stageOfGroup(namespace, config)].push(namespace);
  checkUnique(Object.values(byStage).flat(), sources);
  const rendered = stages
    .map((stage) => ({ stage, objects: orderObjects(byStage[stage]) }))
    .filter(({ objects }) => objects.length > 0);
  refuseSecrets(rendered, `the bundle for cluster ${mesh.cluster}`);
  return rendered;
}

/** A namespace gets its tag when the tag is there, unless configuration needs the namespace itself before. */
function stageOfGroup(namespace: KubernetesObject, config: readonly KubernetesObject[]): Stage {
  return config.some(({ metadata }) => metadata.namespace === namespace.metadata.name) ? 'namespaces' : 'routing';
}

function labelObject(object: KubernetesObject, mesh: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [meshLabel]: mesh } } };
}

function checkUnique(objects: readonly KubernetesObject[], sources: Readonly<Record<string, string>>): void {
  const seen = new Set<string>();
  for (const object of objects) {
    const id = objectId(object);
    const key = objectKey(id);
    if (seen.has(key)) {
      const where = sources[key] === undefined ? '' : `${sources[key]}: `;
      throw new DeliveryError(
        `${where}${formatObjectId(id)} is rendered twice: two parts of the mesh bring an object of one name; rename one of them`,
        { code: 'ObjectRenderedTwice', kind: 'usage' },
      );
    }
    seen.add(key);
  }
}

/** A chart that does not bring a tag would leave its namespaces without injection. */
function checkRouting(mesh: ClusterMesh, istio: readonly KubernetesObject[]): void {
  const missing = [
    ...revisionTags(mesh).flatMap((tag) =>
      ['MutatingWebhookConfiguration', 'Service']
        .filter((kind) => !istio.some((object) => object.kind === kind && object.metadata.labels?.[tagLabel] === tag))
        .map((kind) => `the ${kind} of tag ${tag}`),
    ),
    ...(istio.some(({ metadata }) => metadata.name === defaultValidatorName) ? [] : [defaultValidatorName]),
  ];
  if (missing.length === 0) return;
  throw new DeliveryError(
    `istioctl ${mesh.istio.version} did not render ${missing.join(', ')}: its charts do not bring them ` +
      'or istio.values turns them off; take Istio 1.28 or later, and values that keep them',
    { code: 'RenderIncomplete' },
  );
}
