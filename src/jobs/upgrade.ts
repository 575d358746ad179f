import { refuseUnwritable } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { type StepId, stepsOf } from '../plan/upgrade-steps.ts';
import { htmlReport } from '../record/html-report.ts';
import { upgradeFailure } from '../record/upgrade-failure.ts';
import { type UpgradeRecord, upgradeRecordOf } from '../record/upgrade-record.ts';
import { upgradeMarkdown, upgradeText } from '../record/upgrade-summary.ts';
import { upgradeCommands } from '../upgrade/cluster-upgrade.ts';
import { type UpgradeEnvironmentOptions, upgradeEnvironment } from '../upgrade/upgrade-environment.ts';
import { beforeWriting } from './before-writing.ts';
import { connectWith, environmentInputs, readEnvironment, wavesOf } from './environment-inputs.ts';
import { gateInputs } from './gate-inputs.ts';
import { defineJob, type InputValues, type JobContext, type JobResult } from './job.ts';
import { jsonFile, leaveFiles } from './leave-files.ts';
import { planToCarryOut } from './plan-to-carry-out.ts';
import { proxySourcesOf } from './proxy-sources.ts';
import { defaultRecordPath, recordPath, withEvidence } from './record-path.ts';
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
      'Step after which the run ends: preflight, base, control-plane, config, gateways, gateway-api, group:<name>, gateway-switch, default or soak.',
  },
  group: { type: 'text', description: 'Group after which the run ends.' },
  wave: { type: 'number', description: 'Number of the one wave of clusters to upgrade, from 1; all waves otherwise.' },
  timeout: {
    type: 'number',
    description: 'Seconds that any one thing may take to become ready: a stage, a gateway, a workload.',
    default: '600',
  },
  record: { type: 'text', description: 'File to write the record to; `upgrade-<environment>.json` otherwise.' },
  report: { type: 'text', description: 'File to write an HTML report to.' },
} as const;

type Output = 'result' | 'record' | 'evidence' | 'report';
type Values = InputValues<typeof inputs>;

export const upgrade = defineJob({
  name: 'upgrade',
  description:
    'Moves a running mesh to the revision of a bundle, step by step, resumably, with a way back until the old revision is retired.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    result:
      '`upgraded` (all but the retirement is done), `finished`, `rolled back`, `stopped`, `paused`, `failed`, `refused` or `interrupted`.',
    record:
      'Path of the record; that of a finished upgrade is evidence for the gate of the next environment. A run that changed nothing does not replace the record of one that did: its own stands beside it and ends in `-refused.json`, or the name of its command.',
    evidence:
      'Path of the record where it may be evidence; empty for a run that was refused or stopped before it changed anything, and for `status` and `pause`.',
    report: 'Path of the HTML report; empty when none was asked for.',
  } satisfies Record<Output, string>,
  async run(values, context): Promise<JobResult<Output>> {
    const { clock, reporter, signal } = context;
    const started = clock.now();
    const origin = originOf(process.env);
    // Without the signal: what is on its way when the run is stopped is carried out, and the lock given back.
    const connect = connectWith(values.kubeconfig, { reporter });
    const timeout = values.timeout * 1000;
    const { command } = values;
    const prepared = await beforeWriting(`upgrade ${command} of ${values.environment}`, signal, async () => {
      const facts = await readEnvironment(values, context);
      const path = values.record ?? defaultRecordPath('upgrade', facts.environment);
      await refuseUnwritable([path, values.report]);
      const waves = wavesOf(facts.environment, values.wave);
      const until = untilOf(values, stepsOf(facts.bundle.manifest.upgrade));
      const planned = command === 'start' ? await planToCarryOut(values.plan, facts) : undefined;
      const verdict = planned && (await verdictOn(facts, planned.plan, { ...values, earlier: waves.earlier }, context));
      const watchers =
        verdict?.result === 'fail' ? undefined : await watchersOf(values, facts.bundle.manifest, context);
      return { ...facts, path, waves, until, ...planned, verdict, watchers };
    });
    const { bundle, environment, path, waves, until, plan, unplanned, verdict, watchers } = prepared;
    const outcomes =
      watchers === undefined
        ? []
        : await upgradeEnvironment({
            command,
            bundle,
            environment,
            ...(plan ? { plan } : {}),
            ...(unplanned ? { unplanned } : {}),
            waves: waves.now,
            connect,
            ...watchers,
            holder: origin.run ?? origin.actor,
            ...(until === undefined ? {} : { until }),
            acknowledged: values.acknowledge,
            timeout,
            clock,
            reporter,
            signal,
          });
    const record = upgradeRecordOf({
      command,
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
    const { report } = values;
    const left = await leaveFiles(resultOf(record), [
      { output: 'record', path: await recordPath(path, record), content: jsonFile(record), printedAs: 'the record' },
      ...(report === undefined ? [] : [{ output: 'report', path: report, content: htmlReport(record) } as const]),
    ]);
    return withEvidence(left, record);
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

function resultOf(record: UpgradeRecord): JobResult<Output> {
  const { environment, verdict, result } = record;
  const failure = verdict?.result === 'fail' ? gateRefusal(environment, verdict) : upgradeFailure(record);
  return {
    outputs: { result, record: '', evidence: '', report: '' },
    text: upgradeText(record),
    json: record,
    summary: upgradeMarkdown(record),
    ...(failure ? { failure } : {}),
  };
}
