import { readTextFile, refuseUnwritable, writeTextFile } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import { type ClusterOutcome, promoteEnvironment } from '../apply/promote-environment.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import type { FailureKind } from '../errors.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import { planEnvironment } from '../plan/plan-environment.ts';
import { type DeliveryRecord, recordOf } from '../record/record.ts';
import { recordMarkdown, recordText } from '../record/summary.ts';
import { connectWith, environmentInputs, readEnvironment, wavesOf } from './environment-inputs.ts';
import { gateInputs } from './gate.ts';
import { defineJob, type JobContext, type JobResult } from './job.ts';
import { proxySourcesOf } from './proxy-sources.ts';
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
  record: { type: 'text', description: 'File to write the record to.', default: 'record.json' },
} as const;

type Output = 'result' | 'record';

export const promote = defineJob({
  name: 'promote',
  description: 'Carries out exactly a plan in an environment: gate, lock, stages, readiness, prune, record.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    result: '`promoted`, `unchanged`, `partial` (waves are left), `failed` or `refused`.',
    record: 'Path of the record: evidence for the gate of the next environment.',
  } satisfies Record<Output, string>,
  async run(inputs, context): Promise<JobResult<Output>> {
    const { clock, reporter, signal } = context;
    const started = clock.now();
    await refuseUnwritable([inputs.record]);
    const facts = await readEnvironment(inputs, context);
    const { bundle, environment } = facts;
    // Without the signal: what is on its way when the run is stopped is carried out, and the lock given back.
    const connect = connectWith(inputs.kubeconfig);
    const waves = wavesOf(environment, inputs.wave);
    const timeout = inputs.timeout * 1000;
    const plan =
      inputs.plan === undefined
        ? await planEnvironment({ bundle, environment, connect, forceConflicts: false })
        : parsePlan(await readTextFile(inputs.plan, 'plan'), inputs.plan);
    const origin = originOf(process.env);

    const verdict = await verdictOn(facts, plan, { ...inputs, earlier: waves.earlier }, context);
    const outcomes =
      verdict.result === 'fail'
        ? []
        : await reporter.phase(`Promote to ${environment.name}`, async () =>
            promoteEnvironment({
              bundle,
              environment,
              plan,
              waves: waves.now,
              connect,
              ...(await watchedTraffic(bundle.manifest, inputs, context)),
              holder: origin.run ?? origin.actor,
              timeout,
              clock,
              reporter,
              signal,
            }),
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
    await writeTextFile(inputs.record, `${JSON.stringify(record, null, 2)}\n`);
    return resultOf(record, inputs.record);
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

function resultOf(record: DeliveryRecord, path: string): JobResult<Output> {
  const failure = failureOf(record);
  return {
    outputs: { result: record.result, record: path },
    text: recordText(record),
    json: record,
    summary: recordMarkdown(record),
    ...(failure ? { failure } : {}),
  };
}

function failureOf({ environment, verdict, clusters, result }: DeliveryRecord): JobResult<Output>['failure'] {
  if (verdict.result === 'fail') return gateRefusal(environment, verdict);
  const failed = clusters.filter(
    (outcome): outcome is Extract<ClusterOutcome, { result: 'failed' }> => outcome.result === 'failed',
  );
  if (failed.length === 0) return undefined;
  const kind: FailureKind =
    result === 'refused' ? 'refused' : (failed.find((outcome) => outcome.kind === 'interrupted')?.kind ?? 'failed');
  return { kind, reason: failed.map(({ cluster, code, reason }) => `${cluster} (${code}): ${reason}`).join('\n') };
}
