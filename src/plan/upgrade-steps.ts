import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';

/** The steps of an upgrade that every mesh has, in order; those of the groups come after `gateways`. */
export const fixedSteps = [
  'preflight',
  'base',
  'control-plane',
  'config',
  'gateways',
  'gateway-api',
  'gateway-switch',
  'default',
  'soak',
  'retire',
] as const;

/** One step: `group:<name>` moves the workloads of that group. */
export type StepId = (typeof fixedSteps)[number] | `group:${string}`;

/** The steps of one mesh's upgrade, in order. `gateway-api` is left out where the mesh has no tag for it. */
export function stepsOf({ groups, gatewayApiTag }: UpgradePolicy): StepId[] {
  return fixedSteps.flatMap((step): StepId[] => {
    if (step === 'gateways') return [step, ...groups.map(({ name }): StepId => `group:${name}`)];
    return step === 'gateway-api' && gatewayApiTag === undefined ? [] : [step];
  });
}
