import { defaultTag } from '../mesh/mesh.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import { acceptConfig } from './accept-config.ts';
import { applyNew } from './apply-objects.ts';
import { awaitProxies } from './gateways/await-proxies.ts';
import { awaitGatewayApi } from './gateways/gateway-api.ts';
import { gatewayDeployments, holdGateways, releaseGateways } from './gateways/hold-gateways.ts';
import { nameRejections } from './gateways/name-rejections.ts';
import { awaitInjector } from './injection/await-injector.ts';
import { moveGroup } from './move-group.ts';
import { refuseUnhealthy } from './refuse-unhealthy.ts';
import { retireRevision } from './retirement/retire.ts';
import { retirementOf } from './retirement/retirement-of.ts';
import { soak } from './soak.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** Carries out one step; what it did before it was cut off is found done. */
export async function carryOutStep(run: UpgradeRun, step: StepId): Promise<void> {
  const { context, old, new: coming } = run;
  switch (step) {
    case 'preflight':
      // Before the upgrade was opened: nothing may be written to a mesh that does not pass it.
      return;
    case 'base':
    case 'config':
      return applyNew(run, step);
    case 'control-plane':
      return bringControlPlane(run);
    case 'gateways':
      await nameRejections(context, coming.manifest.istio.revision, () => applyNew(run, step));
      await holdGateways(context, { serving: old.bundle, coming: coming.bundle });
      return awaitGateways(run);
    case 'gateway-api':
      await awaitInjector(context, coming.manifest.istio.revision);
      await applyNew(run, step);
      return followTag(run, context.policy.gatewayApiTag);
    case 'gateway-switch':
      // Hours may lie between: what serves now may have grown.
      await holdGateways(context, { serving: old.bundle, coming: coming.bundle });
      await awaitGateways(run);
      return applyNew(run, step);
    case 'default':
      await awaitInjector(context, coming.manifest.istio.revision);
      await applyNew(run, step);
      await followTag(run, defaultTag);
      return refuseUnhealthy(run, coming);
    case 'soak':
      return soak(run, { step, seconds: context.policy.soak });
    case 'retire':
      await retireRevision(context, retirementOf(run));
      await releaseGateways(context, coming.bundle);
      return refuseUnhealthy(run, coming);
    default:
      return bringGroup(run, step);
  }
}

async function bringControlPlane(run: UpgradeRun): Promise<void> {
  const { context, new: coming } = run;
  const { revision } = coming.manifest.istio;
  await applyNew(run, 'control-plane');
  await awaitInjector(context, revision);
  const shown = await acceptConfig(context, coming.bundle, revision);
  context.reporter.line(
    `${context.cluster.name} · revision ${revision}: its injector answers, and it accepts all of ${shown} live Istio objects`,
  );
}

/** The pods of the new gateways are ready; whether they have their configuration too is for istiod to say. */
async function awaitGateways({ context, new: coming }: UpgradeRun): Promise<void> {
  const { revision } = coming.manifest.istio;
  await awaitProxies(context, { revision, workloads: gatewayDeployments(coming.bundle) });
}

/** What has moved with a tag by itself is awaited like the rest. */
async function followTag({ context, new: coming }: UpgradeRun, tag: string | undefined): Promise<void> {
  if (tag !== undefined) await awaitGatewayApi(context, { tag, revision: coming.manifest.istio.revision });
}

async function bringGroup(run: UpgradeRun, step: `group:${string}`): Promise<void> {
  const group = run.context.policy.groups.find(({ name }) => step === `group:${name}`);
  if (!group) return;
  // A tag that leads to an injector which does not answer keeps new pods from starting.
  await awaitInjector(run.context, run.new.manifest.istio.revision);
  await applyNew(run, step);
  await moveGroup(run, group);
  await followTag(run, group.tag);
  await soak(run, { step, seconds: group.soak });
}
