import type { StoredBundle } from '../../apply/stored-bundle.ts';
import { meshLabel, revisionLabel } from '../../bundle/labels.ts';
import { listReplicaSets } from '../../cluster/list-pods.ts';
import { readInventory } from '../../plan/cluster-state.ts';
import { isIstioWebhook } from '../../plan/istio-in-cluster.ts';
import { supportOf } from '../../plan/istio-support.ts';
import { mayBeDeleted } from '../../plan/prune.ts';
import type { Cluster, ObjectType } from '../../ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../ports/objects.ts';
import { gatewayClassType, gatewayType } from '../gateways/istio-gateway.ts';
import { probeInjector } from '../injection/probe-injector.ts';
import { calledServices } from '../istio-webhooks.ts';
import { connectedProxies, listJobs, listRemoteClusters, type RevisionFacts } from '../retirement/revision-facts.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { isLive } from '../workloads/proxy-pod.ts';
import { listWorkloads } from '../workloads/workload.ts';
import { type MeshFacts, revisionOf, versionOf } from './mesh-facts.ts';

/** The two bundles of an upgrade, and the ids of the notes that were acknowledged. */
export interface Sides {
  old: StoredBundle;
  new: StoredBundle;
  acknowledged?: readonly string[];
}

/** Reads the cluster for the checks: one list for each type, whatever the number of objects. Writes nothing. */
export async function gatherFacts(
  context: Pick<UpgradeContext, 'cluster' | 'policy' | 'namespace' | 'proxies'>,
  { old, new: next, acknowledged = [] }: Sides,
): Promise<MeshFacts> {
  const { cluster, policy, namespace } = context;
  const list = listerOf(cluster);
  const [definitions, mutating, validating] = await Promise.all([
    list('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
    list('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
    list('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
  ]);
  const webhooks = [...mutating, ...validating];
  const homes = [
    ...new Set([
      namespace,
      ...webhooks
        .filter(isIstioWebhook)
        .flatMap((each) => calledServices(each))
        .map(namespaceOf),
    ]),
  ];
  const [identity, injector, inventory, pods, replicaSets, workloads] = await Promise.all([
    cluster.identity(),
    probeInjector(cluster, { namespace, revision: revisionOf(old) }),
    readInventory(cluster, namespace),
    list('v1', 'Pod'),
    listReplicaSets(cluster),
    listWorkloads(cluster),
  ]);
  const [namespaces, budgets, autoscalers, envoyFilters, gateways, gatewayClasses] = await Promise.all([
    list('v1', 'Namespace'),
    list('policy/v1', 'PodDisruptionBudget'),
    list('autoscaling/v2', 'HorizontalPodAutoscaler'),
    list('networking.istio.io/v1alpha3', 'EnvoyFilter'),
    list(gatewayType.apiVersion, gatewayType.kind),
    list(gatewayClassType.apiVersion, gatewayClassType.kind),
  ]);
  const [services, endpointSlices, configMaps, routes, boundConfig] = await Promise.all([
    list('v1', 'Service'),
    Promise.all(homes.map((home) => list('discovery.k8s.io/v1', 'EndpointSlice', { namespace: home }))),
    list('v1', 'ConfigMap', { namespace, labelSelector: revisionLabel }),
    Promise.all(boundedTypes(definitions, [old, next]).map(({ apiVersion, kind }) => list(apiVersion, kind))),
    Promise.all(
      configTypes(definitions).map(({ apiVersion, kind }) => list(apiVersion, kind, { labelSelector: revisionLabel })),
    ),
  ]);
  const [jobs, labelled, connected, remoteClusters] = await Promise.all([
    listJobs(cluster),
    listLabelled(cluster, [old, next]),
    connectedProxies(context, revisionOf(old)),
    listRemoteClusters(context),
  ]);
  return {
    old,
    new: next,
    policy,
    namespace,
    acknowledged,
    kubernetes: identity.version,
    injector,
    inventory,
    namespaces,
    workloads,
    pods: pods.filter(isLive),
    replicaSets,
    budgets,
    autoscalers,
    definitions,
    webhooks,
    services,
    endpointSlices: endpointSlices.flat(),
    configMaps,
    envoyFilters,
    boundConfig: boundConfig.flat(),
    gateways,
    gatewayClasses,
    routes: routes.flat(),
    jobs,
    labelled,
    connected: withoutPods(connected, pods),
    remoteClusters,
  };
}

/** What no pod of the cluster has. */
function withoutPods(connected: RevisionFacts['connected'], pods: readonly KubernetesObject[]): typeof connected {
  if (connected.kind === 'unknown') return connected;
  const known = new Set(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return {
    kind: 'known',
    proxies: connected.proxies.filter(({ namespace, pod }) => !known.has(`${namespace}/${pod}`)),
  };
}

/** Objects with the mesh's label, of the types of the bundles. */
async function listLabelled(
  cluster: Cluster,
  sides: readonly [StoredBundle, StoredBundle],
): Promise<KubernetesObject[]> {
  const objects = sides.flatMap(({ bundle }) => bundle.stages.flatMap((stage) => stage.objects));
  const types = new Map(
    objects
      .filter((object) => mayBeDeleted(objectId(object)))
      .map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]),
  );
  const labelSelector = `${meshLabel}=${sides[0].manifest.mesh}`;
  const lists = await Promise.all(
    [...types.values()].map((type) => cluster.list(type, { labelSelector, metadataOnly: true })),
  );
  return lists.flatMap(({ items }) => items).filter((object) => mayBeDeleted(objectId(object)));
}

function listerOf(cluster: Cluster) {
  return async (
    apiVersion: string,
    kind: string,
    where: { namespace?: string; labelSelector?: string } = {},
  ): Promise<KubernetesObject[]> => (await cluster.list({ apiVersion, kind }, where)).items;
}

function namespaceOf({ namespace }: { namespace: string }): string {
  return namespace;
}

interface Definition {
  spec?: { group?: string; names?: { kind?: string }; versions?: { name: string; served?: boolean }[] };
}

/** Types of the Gateway API that one of the versions reads only from some bundles, as the cluster serves them. */
function boundedTypes(definitions: readonly KubernetesObject[], sides: readonly StoredBundle[]): ObjectType[] {
  const bounded = new Set(
    sides.flatMap((side) => supportOf(versionOf(side))?.gatewayApi ?? []).map(({ definition }) => definition),
  );
  return definitions.filter(({ metadata }) => bounded.has(metadata.name)).flatMap(servedType);
}

/** Types of Istio's configuration, as the cluster serves them; an IstioOperator configures nothing that istiod reads. */
function configTypes(definitions: readonly KubernetesObject[]): ObjectType[] {
  return definitions.flatMap((definition) => {
    const { group = '' } = (definition as Definition).spec ?? {};
    return group.endsWith('.istio.io') && group !== 'install.istio.io' ? servedType(definition) : [];
  });
}

function servedType(definition: KubernetesObject): ObjectType[] {
  const { group, names, versions = [] } = (definition as Definition).spec ?? {};
  const served = versions.find((version) => version.served);
  return served && names?.kind ? [{ apiVersion: `${group}/${served.name}`, kind: names.kind }] : [];
}
