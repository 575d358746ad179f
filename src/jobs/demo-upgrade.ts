import { join } from 'node:path';
import { DeliveryError } from '../errors.ts';
import type { UpgradeCommand } from '../upgrade/cluster-upgrade.ts';
import { headOf, type RenderedBundle, type Work } from './demo-work.ts';
import { plan } from './plan.ts';
import { upgrade } from './upgrade.ts';

/** Moves the first group to the new revision and back again; a row for the last table. */
export async function rehearseRollback(work: Work, environment: string, bundle: RenderedBundle): Promise<string[]> {
  const started = work.clock.now().getTime();
  const changes = await begin(work, environment, bundle, { group: 'canary' });
  await run(work, { command: 'rollback', environment, bundle });
  return [environment, bundle.name, changes, 'canary moved, rolled back', seconds(work, started)];
}

/** Plans, approves, moves everything to the new revision and retires the old one; a row for the last table. */
export async function upgradeTo(work: Work, environment: string, bundle: RenderedBundle): Promise<string[]> {
  const started = work.clock.now().getTime();
  const changes = await begin(work, environment, bundle, {});
  const result = await run(work, { command: 'finish', environment, bundle });
  return [environment, bundle.name, changes, result, seconds(work, started)];
}

async function begin(
  work: Work,
  environment: string,
  bundle: RenderedBundle,
  { group }: { group?: string },
): Promise<string> {
  const on = { bundle: bundle.path, environment, kubeconfig: work.kubeconfig };
  const out = join(work.folder, `plan-${environment}-${bundle.name}.json`);
  const planned = await plan.run({ ...on, 'force-conflicts': false, out }, work);
  headOf(planned.text).forEach(work.reporter.line);
  await run(work, {
    command: 'start',
    environment,
    bundle,
    plan: out,
    approve: planned.outputs.digest,
    ...(group === undefined ? {} : { group }),
  });
  return planned.outputs.changes;
}

interface Run {
  command: UpgradeCommand;
  environment: string;
  bundle: RenderedBundle;
  plan?: string;
  approve?: string;
  group?: string;
}

async function run(work: Work, { command, environment, bundle, plan, approve, group }: Run): Promise<string> {
  const { outputs, failure } = await upgrade.run(
    {
      command,
      bundle: bundle.path,
      environment,
      kubeconfig: work.kubeconfig,
      plan,
      approve,
      evidence: [],
      acknowledge: [],
      until: undefined,
      group,
      wave: undefined,
      timeout: 120,
      record: join(work.folder, `record-${environment}-${bundle.name}-${command}.json`),
      report: join(work.folder, `report-${environment}-${bundle.name}-${command}.html`),
    },
    work,
  );
  if (failure) throw new DeliveryError(failure.reason, { code: 'DemoFailed', kind: failure.kind });
  return outputs.result;
}

function seconds({ clock }: Work, started: number): string {
  return ((clock.now().getTime() - started) / 1000).toFixed(1);
}
