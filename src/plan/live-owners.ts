import { writerAmong } from '../bundle/field-ownership.ts';
import { type ForeignField, foreignField } from '../bundle/foreign-fields.ts';
import { meshLabel } from '../bundle/labels.ts';
import { DeliveryError } from '../errors.ts';
import { parseFieldPath } from '../mesh/field-path.ts';
import type { Cluster, ObjectType } from '../ports/cluster.ts';
import { groupOf, type KubernetesObject } from '../ports/objects.ts';

const rolloutType = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
const autoscalerType = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
const rolloutsController = 'rollouts-controller';

/** What the cluster says of who owns fields of an object, beyond what stands in the object. */
export interface LiveOwners {
  scaled: boolean;
  others: ForeignField[];
}

/** Asks only where the live managedFields give a reason to. */
export async function liveOwners(
  cluster: Cluster,
  { object, scaled }: { object: KubernetesObject; scaled: boolean },
  live: KubernetesObject,
): Promise<LiveOwners> {
  return {
    scaled: scaled || (await isScaled(cluster, object, live)),
    others: await itemsOfRollouts(cluster, object, live),
  };
}

interface ScaleTarget {
  scaleTargetRef?: { apiVersion?: string; kind?: string; name?: string };
}

/** Whether an autoscaler that is not the bundle's sets the replicas: KEDA's, or somebody's own. */
async function isScaled(cluster: Cluster, object: KubernetesObject, live: KubernetesObject): Promise<boolean> {
  const replicas = parseFieldPath('.spec.replicas') ?? [];
  if (groupOf(object.apiVersion) !== 'apps') return false;
  if (writerAmong(live, ['kube-controller-manager'], replicas) === undefined) return false;
  const autoscalers = await listed(cluster, autoscalerType, object);
  return autoscalers.some(({ metadata, spec }) => {
    const { scaleTargetRef: target = {} } = (spec ?? {}) as ScaleTarget;
    return (
      // One of ours that is not in the bundle is about to go.
      metadata.labels?.[meshLabel] === undefined &&
      target.kind === object.kind &&
      groupOf(target.apiVersion ?? '') === groupOf(object.apiVersion) &&
      target.name === object.metadata.name
    );
  });
}

interface Rollout {
  spec?: { strategy?: { canary?: { trafficRouting?: TrafficRouting } } };
  status?: { canary?: { weights?: { additional?: { serviceName?: string }[] } } };
}

interface TrafficRouting {
  managedRoutes?: { name: string }[];
  istio?: {
    virtualService?: { name: string };
    virtualServices?: { name: string }[];
    destinationRule?: { name: string };
  };
}

/**
 * Argo Rollouts adds routes to a VirtualService, by the names that its Rollout gives them, and subsets for experiments
 * to a DestinationRule.
 * https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/#traffic-routing-with-managed-routes-and-route-precedence
 */
async function itemsOfRollouts(
  cluster: Cluster,
  object: KubernetesObject,
  live: KubernetesObject,
): Promise<ForeignField[]> {
  const list = { VirtualService: '.spec.http', DestinationRule: '.spec.subsets' }[object.kind];
  if (list === undefined || groupOf(object.apiVersion) !== 'networking.istio.io') return [];
  if (writerAmong(live, [rolloutsController], parseFieldPath(list) ?? []) === undefined) return [];
  const rollouts = (await listed(cluster, rolloutType, object)) as Rollout[];
  return rollouts.flatMap((rollout) =>
    namesIn(rollout, object).map((name) =>
      foreignField({
        path: `${list}[${name}]`,
        owners: [rolloutsController],
        reason: 'Argo Rollouts adds it for its Rollout',
        known: 'seen',
      }),
    ),
  );
}

function namesIn({ spec, status }: Rollout, { kind, metadata }: KubernetesObject): string[] {
  const { managedRoutes = [], istio = {} } = spec?.strategy?.canary?.trafficRouting ?? {};
  if (kind === 'DestinationRule') {
    if (istio.destinationRule?.name !== metadata.name) return [];
    return (status?.canary?.weights?.additional ?? []).flatMap(({ serviceName }) => serviceName ?? []);
  }
  const services = [...(istio.virtualServices ?? []), ...(istio.virtualService ? [istio.virtualService] : [])];
  const isMeant = services.some(
    ({ name }) => name === metadata.name || name === `${metadata.name}.${metadata.namespace}`,
  );
  return isMeant ? managedRoutes.map(({ name }) => name) : [];
}

/** Objects beside this one. Who may not read them knows of none. */
async function listed(cluster: Cluster, type: ObjectType, { metadata }: KubernetesObject): Promise<KubernetesObject[]> {
  try {
    const { namespace } = metadata;
    return (await cluster.list(type, namespace === undefined ? {} : { namespace })).items;
  } catch (error) {
    if (error instanceof DeliveryError && !error.retryable) return [];
    throw error;
  }
}
