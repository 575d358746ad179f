import { readTextFile, writeTextFile } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import { lookAt } from '../apply/look.ts';
import { type ClusterOutcome, promoteEnvironment } from '../apply/promote-environment.ts';
import { DeliveryError, type FailureKind } from '../errors.ts';
import type { Evidence } from '../gate/evidence.ts';
import { judge } from '../gate/judge.ts';
import { type Verdict, verdictLines } from '../gate/verdict.ts';
import type { Environment } from '../mesh/environment.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { planEnvironment } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import { type DeliveryRecord, recordOf } from '../record/record.ts';
import { recordMarkdown, recordText } from '../record/summary.ts';
import { connectWith, type EnvironmentFacts, environmentInputs, readEnvironment } from './environment-inputs.ts';
import { gateInputs } from './gate.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { defineJob, type JobContext, type JobResult } from './job.ts';

const inputs = {
  ...environmentInputs,
  plan: {
    type: 'text',
    description:
      'Plan file that plan wrote. Without it the environment is planned here and now, where the gate asks for no approval.',
  },
  ...gateInputs,
  wave: { type: 'text', description: 'Number of the one wave of clusters to promote, from 1; all waves otherwise.' },
  timeout: {
    type: 'text',
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
    const facts = await readEnvironment(inputs, context);
    const { bundle, environment } = facts;
    // Without the signal: what is on its way when the run is stopped is carried out, and the lock given back.
    const connect = connectWith(inputs.kubeconfig);
    const waves = wavesOf(environment, inputs.wave);
    const timeout = secondsOf(inputs.timeout);
    const plan =
      inputs.plan === undefined
        ? await planEnvironment({ bundle, environment, connect, forceConflicts: false })
        : parsePlan(await readTextFile(inputs.plan, 'plan'), inputs.plan);
    const origin = originOf(process.env);

    const verdict = await reporter.phase(`Gate of ${environment.name}`, async () => {
      const given = await verdictOn(facts, plan, { ...inputs, earlier: waves.earlier }, context);
      for (const line of verdictLines(given)) reporter.line(line);
      return given;
    });
    const outcomes =
      verdict.result === 'fail'
        ? []
        : await reporter.phase(`Promote to ${environment.name}`, () =>
            promoteEnvironment({
              bundle,
              environment,
              plan,
              waves: waves.now,
              connect,
              holder: origin.run ?? origin.actor,
              timeout,
              clock,
              reporter,
              signal,
            }),
          );
    const { istio } = bundle.manifest;
    const before = waves.earlier.flat().length;
    const record = recordOf({ plan, istio, origin, started, finished: clock.now(), verdict, outcomes, before });
    await writeTextFile(inputs.record, `${JSON.stringify(record, null, 2)}\n`);
    return resultOf(record, inputs.record);
  },
});

interface VerdictInputs {
  approve: string | undefined;
  evidence: string[];
  /** Waves of this environment that come before the one that is promoted. */
  earlier: string[][];
}

async function verdictOn(
  facts: EnvironmentFacts,
  plan: Plan,
  { approve, evidence, earlier }: VerdictInputs,
  { clock, reporter }: JobContext,
): Promise<Verdict> {
  const { bundle, environment } = facts;
  return judge({
    environment,
    environments: bundle.manifest.environments,
    bundle: bundle.manifest.digest,
    plan,
    evidence: await gatherEvidence(facts, { records: evidence, clock, reporter }),
    earlierWaves: await lookAtWaves(facts, earlier, clock),
    ...(approve === undefined ? {} : { approve }),
  });
}

function lookAtWaves(
  { bundle, environment, connect }: EnvironmentFacts,
  waves: string[][],
  clock: Clock,
): Promise<Evidence[]> {
  const namespace = bundle.manifest.namespaces.controlPlane;
  return Promise.all(
    waves.map((wave, index) =>
      lookAt(
        {
          name: `${environment.name}, wave ${index + 1}`,
          clusters: environment.clusters.filter(({ name }) => wave.includes(name)),
        },
        { namespace, connect, clock },
      ),
    ),
  );
}

function wavesOf({ name, waves }: Environment, wanted: string | undefined): { earlier: string[][]; now: string[][] } {
  if (wanted === undefined) return { earlier: [], now: waves };
  const index = Number(wanted) - 1;
  const wave = Number.isInteger(index) ? waves[index] : undefined;
  if (wave) return { earlier: waves.slice(0, index), now: [wave] };
  throw new DeliveryError(`wave "${wanted}" is not one of ${name}: it has waves 1 to ${waves.length}`, {
    code: 'WaveUnknown',
    kind: 'usage',
  });
}

/** Milliseconds of an input in seconds. */
function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  throw new DeliveryError(`timeout "${text}" is not a number of seconds above 0`, {
    code: 'InvalidInput',
    kind: 'usage',
  });
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
  if (verdict.result === 'fail') {
    const rules = verdict.rules.filter(({ result }) => result === 'fail');
    return {
      kind: 'refused',
      reason: [`the gate of ${environment} fails`, ...verdictLines({ ...verdict, rules })].join('\n'),
    };
  }
  const failed = clusters.filter(
    (outcome): outcome is Extract<ClusterOutcome, { result: 'failed' }> => outcome.result === 'failed',
  );
  if (failed.length === 0) return undefined;
  const kind: FailureKind =
    result === 'refused' ? 'refused' : (failed.find((outcome) => outcome.kind === 'interrupted')?.kind ?? 'failed');
  return { kind, reason: failed.map(({ cluster, code, reason }) => `${cluster} (${code}): ${reason}`).join('\n') };
}
