import { readTextFile, refuseUnwritable, writeTextFile } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError, type FailureKind } from '../errors.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import { planEnvironment } from '../plan/plan-environment.ts';
import { type StepId, stepsOf } from '../plan/upgrade-steps.ts';
import { htmlReport } from '../record/html-report.ts';
import { type UpgradeRecord, upgradeRecordOf } from '../record/upgrade-record.ts';
import { upgradeMarkdown, upgradeText } from '../record/upgrade-summary.ts';
import { type ClusterUpgrade, upgradeCommands } from '../upgrade/cluster-upgrade.ts';
import { type UpgradeEnvironmentOptions, upgradeEnvironment } from '../upgrade/upgrade-environment.ts';
import { connectWith, environmentInputs, readEnvironment, wavesOf } from './environment-inputs.ts';
import { gateInputs } from './gate.ts';
import { defineJob, type InputValues, type JobContext, type JobResult } from './job.ts';
import { proxySourcesOf } from './proxy-sources.ts';
import { trafficOf } from './traffic-of.ts';
import { gateRefusal, verdictOn } from './verdict-on.ts';

const inputs = {
  command: {
    type: 'text',
    description:
      '`start` begins an upgrade or goes on with it; `resume` goes on; `status` looks; `pause` stops the run that is at work; `rollback` goes back; `finish` retires the old revision.',
    required: true,
    argument: true,
    choices: upgradeCommands,
  },
  ...environmentInputs,
  plan: {
    type: 'text',
    description:
      'Plan file that plan wrote, for start. Without it the environment is planned here and now, where the gate asks for no approval.',
  },
  ...gateInputs,
  acknowledge: { type: 'list', description: 'Ids of the upgrade notes that were read.' },
  until: {
    type: 'text',
    description:
      'Step after which the run ends: preflight, base, control-plane, config, gateways, group:<name>, gateway-switch, default or soak.',
  },
  group: { type: 'text', description: 'Group after which the run ends.' },
  wave: { type: 'number', description: 'Number of the one wave of clusters to upgrade, from 1; all waves otherwise.' },
  timeout: {
    type: 'number',
    description: 'Seconds that any one thing may take to become ready: a stage, a gateway, a workload.',
    default: '600',
  },
  record: { type: 'text', description: 'File to write the record to.', default: 'record.json' },
  report: { type: 'text', description: 'File to write an HTML report to.' },
} as const;

type Output = 'result' | 'record' | 'report';
type Values = InputValues<typeof inputs>;

export const upgrade = defineJob({
  name: 'upgrade',
  description:
    'Moves a running mesh to the revision of a bundle, step by step, resumably, with a way back until the old revision is retired.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    result:
      '`upgraded` (all but the retirement is done), `finished`, `rolled back`, `stopped`, `paused`, `failed` or `refused`.',
    record: 'Path of the record; that of a finished upgrade is evidence for the gate of the next environment.',
    report: 'Path of the HTML report; empty when none was asked for.',
  } satisfies Record<Output, string>,
  async run(values, context): Promise<JobResult<Output>> {
    const { clock, reporter, signal } = context;
    const started = clock.now();
    await refuseUnwritable([values.record, values.report]);
    const facts = await readEnvironment(values, context);
    const { bundle, environment } = facts;
    // Without the signal: what is on its way when the run is stopped is carried out, and the lock given back.
    const connect = connectWith(values.kubeconfig);
    const waves = wavesOf(environment, values.wave);
    const until = untilOf(values, stepsOf(bundle.manifest.upgrade));
    const timeout = values.timeout * 1000;
    const origin = originOf(process.env);
    const plan =
      values.command !== 'start'
        ? undefined
        : values.plan === undefined
          ? await planEnvironment({ bundle, environment, connect, forceConflicts: false })
          : parsePlan(await readTextFile(values.plan, 'plan'), values.plan);

    const verdict = plan && (await verdictOn(facts, plan, { ...values, earlier: waves.earlier }, context));
    const outcomes =
      verdict?.result === 'fail'
        ? []
        : await upgradeEnvironment({
            command: values.command,
            bundle,
            environment,
            ...(plan ? { plan } : {}),
            waves: waves.now,
            connect,
            ...(await watchersOf(values, bundle.manifest, context)),
            holder: origin.run ?? origin.actor,
            ...(until === undefined ? {} : { until }),
            acknowledged: values.acknowledge,
            timeout,
            clock,
            reporter,
            signal,
          });
    const record = upgradeRecordOf({
      command: values.command,
      manifest: bundle.manifest,
      environment: environment.name,
      ...(plan ? { plan } : {}),
      origin,
      started,
      finished: clock.now(),
      ...(verdict ? { verdict } : {}),
      clusters: outcomes,
      before: waves.earlier.flat().length,
    });
    await writeTextFile(values.record, `${JSON.stringify(record, null, 2)}\n`);
    if (values.report !== undefined) await writeTextFile(values.report, htmlReport(record));
    return resultOf(record, values);
  },
});

/** Who tells of proxies and of traffic. */
async function watchersOf(
  { kubeconfig }: Values,
  manifest: BundleManifest,
  context: JobContext,
): Promise<Pick<UpgradeEnvironmentOptions, 'proxiesOf' | 'watchTraffic'>> {
  const sourcesOf = await proxySourcesOf(manifest, kubeconfig, context);
  return {
    proxiesOf: (target) => sourcesOf(target).proxies,
    ...trafficOf(manifest, { kubeconfig, sourcesOf }, context),
  };
}

function untilOf({ until, group }: Values, steps: StepId[]): StepId | undefined {
  if (until !== undefined && group !== undefined) {
    throw new DeliveryError('upgrade ends after a step or after a group, not both; give either until or group', {
      code: 'InvalidInput',
      kind: 'usage',
    });
  }
  const wanted = group === undefined ? until : `group:${group}`;
  const step = steps.find((candidate) => candidate === wanted);
  if (wanted === undefined || step !== undefined) return step;
  throw new DeliveryError(`step "${wanted}" is not one of this mesh's upgrade; it has: ${steps.join(', ')}`, {
    code: 'StepUnknown',
    kind: 'usage',
  });
}

function resultOf(record: UpgradeRecord, { record: path, report = '' }: Values): JobResult<Output> {
  const failure = failureOf(record);
  return {
    outputs: { result: record.result, record: path, report },
    text: upgradeText(record),
    json: record,
    summary: upgradeMarkdown(record),
    ...(failure ? { failure } : {}),
  };
}

function failureOf({ environment, verdict, clusters }: UpgradeRecord): JobResult<Output>['failure'] {
  if (verdict?.result === 'fail') return gateRefusal(environment, verdict);
  const failed = clusters.filter(({ result }) => result === 'failed' || result === 'refused');
  if (failed.length === 0) return undefined;
  return {
    kind: kindOf(failed),
    reason: failed.map(({ cluster, code, reason }) => `${cluster} (${code}): ${reason}`).join('\n'),
  };
}

function kindOf(failed: ClusterUpgrade[]): FailureKind {
  if (failed.some(({ interrupted }) => interrupted)) return 'interrupted';
  return failed.some(({ result }) => result === 'failed') ? 'failed' : 'refused';
}
