import { refuseUnwritable } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import { promoteEnvironment } from '../apply/promote-environment.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import { promotionFailure } from '../record/promotion-failure.ts';
import { type DeliveryRecord, recordOf } from '../record/record.ts';
import { recordMarkdown, recordText } from '../record/summary.ts';
import { beforeWriting } from './before-writing.ts';
import { connectWith, environmentInputs, readEnvironment, wavesOf } from './environment-inputs.ts';
import { gateInputs } from './gate-inputs.ts';
import { defineJob, type JobContext, type JobResult } from './job.ts';
import { jsonFile, leaveFiles } from './leave-files.ts';
import { planToCarryOut } from './plan-to-carry-out.ts';
import { proxySourcesOf } from './proxy-sources.ts';
import { defaultRecordPath, recordPath, withEvidence } from './record-path.ts';
import { trafficOf } from './traffic-of.ts';
import { gateRefusal, verdictOn } from './verdict-on.ts';

const inputs = {
  ...environmentInputs,
  plan: {
    type: 'text',
    description:
      'Plan file that plan wrote. Without it the environment is planned here and now, where the gate asks for no approval.',
  },
  ...gateInputs,
  wave: { type: 'number', description: 'Number of the one wave of clusters to promote, from 1; all waves otherwise.' },
  timeout: {
    type: 'number',
    description: 'Seconds that the objects of one stage may take to become ready.',
    default: '300',
  },
  record: { type: 'text', description: 'File to write the record to; `promotion-<environment>.json` otherwise.' },
} as const;

type Output = 'result' | 'record' | 'evidence';

export const promote = defineJob({
  name: 'promote',
  description: 'Carries out exactly a plan in an environment: gate, lock, stages, readiness, prune, record.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    result: '`promoted`, `unchanged`, `partial` (waves are left), `failed`, `refused` or `interrupted`.',
    record:
      'Path of the record: evidence for the gate of the next environment. A run that changed nothing does not replace the record of one that did: its own stands beside it and ends in `-refused.json`.',
    evidence:
      'Path of the record where it is evidence; empty for a run that was refused or stopped before it changed anything.',
  } satisfies Record<Output, string>,
  async run(inputs, context): Promise<JobResult<Output>> {
    const { clock, reporter, signal } = context;
    const started = clock.now();
    const origin = originOf(process.env);
    // Without the signal: what is on its way when the run is stopped is carried out, and the lock given back.
    const connect = connectWith(inputs.kubeconfig, { reporter });
    const timeout = inputs.timeout * 1000;
    const prepared = await beforeWriting(`promotion of ${inputs.environment}`, signal, async () => {
      const facts = await readEnvironment(inputs, context);
      const path = inputs.record ?? defaultRecordPath('promotion', facts.environment);
      await refuseUnwritable([path]);
      const waves = wavesOf(facts.environment, inputs.wave);
      const planned = await planToCarryOut(inputs.plan, facts);
      const verdict = await verdictOn(facts, planned.plan, { ...inputs, earlier: waves.earlier }, context);
      const traffic = verdict.result === 'pass' ? await watchedTraffic(facts.bundle.manifest, inputs, context) : {};
      return { ...facts, path, waves, ...planned, verdict, traffic };
    });
    const { bundle, environment, path, waves, plan, unplanned, verdict, traffic } = prepared;
    const outcomes =
      verdict.result === 'fail'
        ? []
        : await reporter.phase(
            `Promote to ${environment.name}`,
            () =>
              promoteEnvironment({
                bundle,
                environment,
                plan,
                unplanned,
                waves: waves.now,
                connect,
                ...traffic,
                holder: origin.run ?? origin.actor,
                timeout,
                clock,
                reporter,
                signal,
              }),
            (ended) => ended.every(({ result }) => result === 'promoted' || result === 'unchanged'),
          );
    const record = recordOf({
      manifest: bundle.manifest,
      environment,
      plan,
      origin,
      started,
      finished: clock.now(),
      verdict,
      outcomes,
      before: waves.earlier.flat().length,
    });
    const left = await leaveFiles(resultOf(record), [
      { output: 'record', path: await recordPath(path, record), content: jsonFile(record), printedAs: 'the record' },
    ]);
    return withEvidence(left, record);
  },
});

/** istioctl is needed where the traffic is watched, and nowhere else. */
async function watchedTraffic(
  manifest: BundleManifest,
  { kubeconfig }: { kubeconfig: string | undefined },
  context: JobContext,
) {
  if (manifest.probe === undefined) return {};
  return trafficOf(manifest, { kubeconfig, sourcesOf: await proxySourcesOf(manifest, kubeconfig, context) }, context);
}

function resultOf(record: DeliveryRecord): JobResult<Output> {
  const { environment, verdict, result } = record;
  const failure = verdict.result === 'fail' ? gateRefusal(environment, verdict) : promotionFailure(record);
  return {
    outputs: { result, record: '', evidence: '' },
    text: recordText(record),
    json: record,
    summary: recordMarkdown(record),
    ...(failure ? { failure } : {}),
  };
}
