import type { Stage } from '../bundle/bundle.ts';
import { defaultTag } from '../mesh/mesh.ts';
import { tagOf } from '../plan/istio-in-cluster.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import { applyOld } from './apply-objects.ts';
import { awaitGatewayApi } from './gateways/gateway-api.ts';
import { holdGateways, releaseGateways } from './gateways/hold-gateways.ts';
import { moveGroupBack } from './move-group.ts';
import { retireRevision } from './retirement/retire.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** Takes one step back; what of it was never done, or was taken back before, is found so. */
export async function undoStep(run: UpgradeRun, step: StepId): Promise<void> {
  const { context, old, new: leaving } = run;
  switch (step) {
    case 'preflight':
    case 'soak':
    case 'retire':
      return;
    case 'default':
      await applyOld(run, step);
      return followTag(run, defaultTag);
    case 'gateway-switch':
      await holdGateways(context, { serving: leaving.bundle, coming: old.bundle });
      await applyOld(run, step);
      return releaseGateways(context, old.bundle);
    case 'gateway-api':
      await applyOld(run, step);
      return followTag(run, context.policy.gatewayApiTag);
    case 'gateways':
      return retire(run, ['gateways']);
    case 'config':
      await applyOld(run, step);
      return retire(run, ['config']);
    case 'control-plane':
      return retire(run, ['revision', 'routing']);
    case 'base':
      await applyOld(run, step);
      return retire(run, ['base']);
    default:
      return undoGroup(run, step);
  }
}

async function retire({ context, old, new: leaving }: UpgradeRun, stages: readonly Stage[]): Promise<void> {
  await retireRevision(context, { leaving, staying: old, stages });
}

/** A tag that only the new bundle has does not go back: what still follows it is named when it is to be deleted. */
async function followTag({ context, old }: UpgradeRun, tag: string | undefined): Promise<void> {
  const routing = old.bundle.stages.find(({ stage }) => stage === 'routing')?.objects ?? [];
  if (tag === undefined || !routing.some((object) => tagOf(object) === tag)) return;
  await awaitGatewayApi(context, { tag, revision: old.manifest.istio.revision });
}

async function undoGroup(run: UpgradeRun, step: `group:${string}`): Promise<void> {
  const group = run.context.policy.groups.find(({ name }) => step === `group:${name}`);
  if (!group) return;
  await applyOld(run, step);
  await moveGroupBack(run, group);
  await followTag(run, group.tag);
}
