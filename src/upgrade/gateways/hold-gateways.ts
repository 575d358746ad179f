import { upgradeCures } from '../../apply/cures.ts';
import { waitReady } from '../../apply/wait-ready.ts';
import type { ClusterBundle } from '../../bundle/bundle.ts';
import { deliveryFieldManager, holdFieldManager } from '../../bundle/field-manager.ts';
import { DeliveryError } from '../../errors.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { wantedReplicas } from '../workloads/workload.ts';

interface AutoscalerSpec {
  scaleTargetRef: { name: string };
  minReplicas?: number;
  maxReplicas: number;
}

/**
 * Makes each gateway of `coming` at least as large as the live one of `serving` is now, and waits until it is ready.
 * Through the autoscaler's minimum: it would shrink a gateway that has no traffic yet.
 */
export async function holdGateways(
  context: UpgradeContext,
  { serving, coming }: { serving: ClusterBundle; coming: ClusterBundle },
): Promise<void> {
  const { cluster, reporter, clock, signal, timeout } = context;
  const held: KubernetesObject[] = [];
  for (const deployment of gatewayDeployments(coming)) {
    const replicas = await currentReplicas(context, serving, deployment);
    const autoscaler = autoscalerOf(coming, deployment);
    if (autoscaler === undefined || replicas <= (specOf(autoscaler).minReplicas ?? 1)) continue;
    const wanted = Math.min(replicas, specOf(autoscaler).maxReplicas);
    await setMinimum(context, autoscaler, wanted);
    reporter.line(`${cluster.name} · ${formatObjectId(objectId(deployment))} is scaled to ${wanted} replicas`);
    held.push(await scaled(context, deployment, wanted));
  }
  await waitReady(cluster, held, { timeout, clock, signal, cure: upgradeCures.goOn });
}

/** Gives the autoscalers of a bundle's gateways their own minimum back. */
export async function releaseGateways({ cluster }: UpgradeContext, bundle: ClusterBundle): Promise<void> {
  for (const autoscaler of gatewayObjects(bundle, 'HorizontalPodAutoscaler')) {
    const live = await cluster.get(objectId(autoscaler));
    const isHeld = live?.metadata.managedFields?.some(({ manager }) => manager === holdFieldManager);
    if (isHeld) await cluster.apply(autoscaler, { fieldManager: deliveryFieldManager, dryRun: false, force: true });
  }
}

function gatewayObjects({ stages }: ClusterBundle, kind: string): KubernetesObject[] {
  return (stages.find(({ stage }) => stage === 'gateways')?.objects ?? []).filter((object) => object.kind === kind);
}

export function gatewayDeployments(bundle: ClusterBundle): KubernetesObject[] {
  return gatewayObjects(bundle, 'Deployment');
}

/** Of the same gateway in another revision; 0 where there is none. */
async function currentReplicas(
  { cluster }: UpgradeContext,
  bundle: ClusterBundle,
  { metadata }: KubernetesObject,
): Promise<number> {
  const peer = gatewayDeployments(bundle).find(
    (candidate) =>
      candidate.metadata.namespace === metadata.namespace &&
      candidate.metadata.labels?.istio === metadata.labels?.istio,
  );
  const live = peer && (await cluster.get(objectId(peer)));
  return live ? wantedReplicas(live) : 0;
}

function autoscalerOf(bundle: ClusterBundle, { metadata }: KubernetesObject): KubernetesObject | undefined {
  return gatewayObjects(bundle, 'HorizontalPodAutoscaler').find(
    (candidate) =>
      candidate.metadata.namespace === metadata.namespace && specOf(candidate).scaleTargetRef.name === metadata.name,
  );
}

async function setMinimum({ cluster }: UpgradeContext, autoscaler: KubernetesObject, minReplicas: number) {
  const { apiVersion, kind, metadata } = autoscaler;
  const { name, namespace } = metadata;
  const result = await cluster.apply(
    { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec: { minReplicas } },
    { fieldManager: holdFieldManager, dryRun: false, force: true },
  );
  if (result.kind === 'applied') return;
  throw new DeliveryError(
    `${formatObjectId(objectId(autoscaler))} of cluster ${cluster.name} cannot be held at ${minReplicas} replicas: ${result.kind === 'invalid' ? result.reason : result.kind}`,
    { remedy: 'mend it, then resume', code: 'GatewayNotScaled', retryable: true },
  );
}

const askEvery = 500;

/** The Deployment, once its autoscaler (which looks every 15 seconds) has asked for as many replicas. */
async function scaled(
  context: UpgradeContext,
  deployment: KubernetesObject,
  wanted: number,
): Promise<KubernetesObject> {
  const { cluster, clock, signal, timeout } = context;
  const giveUp = clock.now().getTime() + timeout;
  while (clock.now().getTime() < giveUp) {
    const live = await cluster.get(objectId(deployment));
    if (live && wantedReplicas(live) >= wanted) return live;
    await clock.sleep(askEvery, signal);
  }
  throw new DeliveryError(
    `${formatObjectId(objectId(deployment))} of cluster ${cluster.name} was not scaled to ${wanted} replicas within ${timeout / 1000} s: its autoscaler did not ask for them`,
    { remedy: 'see its events, then resume', code: 'GatewayNotScaled', retryable: true },
  );
}

function specOf({ spec }: KubernetesObject): AutoscalerSpec {
  return spec as AutoscalerSpec;
}
