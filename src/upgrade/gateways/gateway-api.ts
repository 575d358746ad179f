import { DeliveryError } from '../../errors.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { hasProxy } from '../workloads/proxy-pod.ts';
import { awaitProxies } from './await-proxies.ts';
import { gatewayClassType, gatewayType, istioGateways, programmingLack, servedBy } from './istio-gateway.ts';

/** Istio puts it on the Deployment that it makes for a Gateway. */
const gatewayNameLabel = 'gateway.networking.k8s.io/gateway-name';

/** How often the Gateways are looked at, in milliseconds. */
const askEvery = 1000;

export interface MovedTag {
  tag: string;
  /** The revision that the tag points at by now. */
  revision: string;
}

/**
 * Waits until the Gateways of the Gateway API that follow a tag have rolled and are programmed: istiod rewrites their
 * Deployments the moment the tag moves.
 */
export async function awaitGatewayApi(context: UpgradeContext, { tag, revision }: MovedTag): Promise<void> {
  const gateways = await followingGateways(context, tag);
  if (gateways.length === 0) return;
  await awaitProxies(context, { revision, workloads: await deploymentsOf(context, gateways) });
  await awaitProgrammed(context, tag);
}

async function followingGateways({ cluster }: UpgradeContext, tag: string): Promise<KubernetesObject[]> {
  const { items: gateways } = await cluster.list(gatewayType);
  if (gateways.length === 0) return [];
  const [classes, namespaces] = await Promise.all([
    cluster.list(gatewayClassType),
    cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
  ]);
  return istioGateways(gateways, classes.items)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter((gateway) => servedBy(gateway, namespaces.items).name === tag);
}

/** Those with an Envoy in them, whose revision can be told; the proofs of the retirement look at the others. */
async function deploymentsOf({ cluster }: UpgradeContext, gateways: KubernetesObject[]): Promise<KubernetesObject[]> {
  const { items } = await cluster.list(
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { labelSelector: gatewayNameLabel },
  );
  return items.filter(
    (deployment) =>
      hasProxy((deployment.spec as { template: KubernetesObject }).template) &&
      gateways.some(
        ({ metadata }) =>
          metadata.namespace === deployment.metadata.namespace &&
          metadata.name === deployment.metadata.labels?.[gatewayNameLabel],
      ),
  );
}

async function awaitProgrammed(context: UpgradeContext, tag: string): Promise<void> {
  const { cluster, clock, signal, timeout } = context;
  const giveUp = clock.now().getTime() + timeout;
  while (true) {
    const lacks = (await followingGateways(context, tag)).flatMap((gateway) => lackOf(context, gateway));
    if (lacks.length === 0) return;
    if (clock.now().getTime() >= giveUp) {
      throw new DeliveryError(
        `cluster ${cluster.name} has Gateways that are not programmed after ${timeout / 1000} s: ${lacks.join('; ')}`,
        { remedy: 'Mend them, then resume', code: 'GatewayNotProgrammed', retryable: true },
      );
    }
    await clock.sleep(askEvery, signal);
  }
}

/** Of one that was not programmed before either, and was let through for that, nothing is asked. */
function lackOf({ policy }: UpgradeContext, gateway: KubernetesObject): string[] {
  const name = formatObjectId(objectId(gateway));
  const lack = programmingLack(gateway);
  const waived = policy.waivers.some(({ check, object = name }) => check === 'gateway-unprogrammed' && object === name);
  return lack === undefined || waived ? [] : [`${name}: ${lack}`];
}
