import { revisionLabel } from '../../bundle/labels.ts';
import { defaultTag } from '../../mesh/mesh.ts';
import type { ObjectType } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

/** Gateways of the Gateway API. */
export const gatewayType: ObjectType = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' };

export const gatewayClassType: ObjectType = { ...gatewayType, kind: 'GatewayClass' };

/** Stands for a gateway of another cluster: nobody makes or programs it here. */
const unmanaged = 'istio.io/unmanaged-gateway';

/** The Gateways that an istiod makes and programs, by the controllers of their classes. */
export function istioGateways(
  gateways: readonly KubernetesObject[],
  classes: readonly KubernetesObject[],
): KubernetesObject[] {
  const ours = new Set(classes.filter(isOfIstio).map(({ metadata }) => metadata.name));
  return gateways.filter(({ spec }) =>
    ours.has((spec as { gatewayClassName?: string } | undefined)?.gatewayClassName ?? ''),
  );
}

function isOfIstio({ spec }: KubernetesObject): boolean {
  const { controllerName = '' } = (spec ?? {}) as { controllerName?: string };
  return controllerName.startsWith('istio.io/') && controllerName !== unmanaged;
}

/** The revision or tag that serves a Gateway, as istiod tells it: by its label, its namespace's, the default tag. */
export function servedBy(
  { metadata }: KubernetesObject,
  namespaces: readonly KubernetesObject[],
): { name: string; from: 'gateway' | 'namespace' | 'nowhere' } {
  const own = metadata.labels?.[revisionLabel];
  if (own !== undefined) return { name: own || defaultTag, from: 'gateway' };
  const home = namespaces.find((namespace) => namespace.metadata.name === metadata.namespace);
  const inherited = home?.metadata.labels?.[revisionLabel];
  return inherited ? { name: inherited, from: 'namespace' } : { name: defaultTag, from: 'nowhere' };
}

/** Whether an istiod made the workload for a Gateway: istiod rolls it, and no injector has a part in it. */
export function isMadeForGateway({ metadata }: KubernetesObject): boolean {
  return metadata.labels?.['gateway.istio.io/managed'] !== undefined;
}

interface GatewayStatus {
  conditions?: { type: string; status: string; message?: string; observedGeneration?: number }[];
}

/** Why a Gateway is not programmed as it stands; undefined for one that is. */
export function programmingLack({ metadata, status }: KubernetesObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as GatewayStatus;
  const programmed = conditions.find(({ type }) => type === 'Programmed');
  if (programmed === undefined || programmed.observedGeneration !== metadata.generation) {
    return 'no istiod has looked at it as it stands';
  }
  return programmed.status === 'True' ? undefined : programmed.message || 'no reason given';
}
