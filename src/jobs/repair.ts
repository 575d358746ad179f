import { readTextFile, refuseUnwritable } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import { DeliveryError, isStop } from '../errors.ts';
import { judgeApproval } from '../gate/judge.ts';
import { passLines, type Verdict } from '../gate/verdict.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import { type RepairOutcome, type RepairRecord, repairFailure, repairResult } from '../record/repair-record.ts';
import { planRepair } from '../repair/plan-repair.ts';
import { repairCluster } from '../repair/repair-cluster.ts';
import { isIntactRepair, parseRepairPlan, type RepairPlan } from '../repair/repair-plan.ts';
import { repairPlanText, repairsNothing } from '../repair/repair-text.ts';
import { beforeWriting } from './before-writing.ts';
import { connectWith, type EnvironmentFacts, environmentInputs, readEnvironment } from './environment-inputs.ts';
import { gateInputs } from './gate-inputs.ts';
import { defineJob, type JobContext, type JobResult } from './job.ts';
import { jsonText, leaveFiles } from './leave-files.ts';
import { gateRefusal } from './verdict-on.ts';

const inputs = {
  ...environmentInputs,
  bundle: {
    type: 'text',
    description: 'The bundle that runs in the environment: a folder or a .tgz that render wrote.',
    required: true,
  },
  plan: {
    type: 'text',
    description: 'Repair plan to carry out, as a run without it wrote it. Without it nothing is written to a cluster.',
  },
  approve: gateInputs.approve,
  out: { type: 'text', description: 'File to write the repair plan to.', default: 'repair-plan.json' },
  record: { type: 'text', description: 'File to write the record to; `repair-<environment>.json` otherwise.' },
} as const;

type Output = 'result' | 'digest' | 'plan' | 'record';

export const repair = defineJob({
  name: 'repair',
  description:
    'Writes the state that a cluster keeps of its promotions anew, where it was lost or changed, from the bundle that runs there.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    result: '`planned`, `unchanged` (nothing is to be repaired), `repaired`, `failed`, `refused` or `interrupted`.',
    digest: 'Digest of the repair plan: what an approval names.',
    plan: 'Path of the repair plan; empty where one was carried out.',
    record: 'Path of the record; empty where nothing was carried out.',
  } satisfies Record<Output, string>,
  async run(values, context): Promise<JobResult<Output>> {
    const { clock, reporter, signal } = context;
    const started = clock.now();
    const origin = originOf(process.env);
    const prepared = await beforeWriting(`repair of ${values.environment}`, signal, async () => {
      const facts = await readEnvironment(values, context);
      const { name } = facts.environment;
      if (values.plan === undefined) {
        const plan = await reporter.phase(`Look at the state of ${name}`, () =>
          planRepair(facts.bundle, facts.environment, facts.connect),
        );
        return { facts, plan, verdict: undefined, path: '' };
      }
      const path = values.record ?? `repair-${name}.json`;
      await refuseUnwritable([path]);
      const plan = parseRepairPlan(await readTextFile(values.plan, 'repair plan'), values.plan);
      const verdict = judgeApproval({
        environment: facts.environment,
        bundle: facts.bundle.manifest.digest,
        plan: { ...plan, isIntact: isIntactRepair(plan), problems: 0 },
        ...(values.approve === undefined ? {} : { approve: values.approve }),
      });
      for (const line of passLines(verdict)) reporter.line(line);
      return { facts, plan, verdict, path };
    });
    const { facts, plan, verdict, path } = prepared;
    if (verdict === undefined) return leavePlan(plan, values.out);
    // Without the signal: what is on its way when the run is stopped is carried out, and the lock given back.
    const connect = connectWith(values.kubeconfig, { reporter });
    const clusters =
      verdict.result === 'fail'
        ? []
        : await reporter.phase(
            `Repair the state of ${facts.environment.name}`,
            () => outcomesOf({ ...facts, connect }, { plan, holder: origin.run ?? origin.actor }, context),
            (outcomes) => outcomes.every(({ result }) => result === 'repaired' || result === 'unchanged'),
          );
    const record: RepairRecord = {
      apiVersion: 'istio-delivery/v1',
      kind: 'Repair',
      mesh: plan.mesh,
      environment: facts.environment.name,
      bundle: facts.bundle.manifest.digest,
      origin,
      started: started.toISOString(),
      finished: clock.now().toISOString(),
      plan,
      verdict,
      clusters,
      result: repairResult(verdict, clusters, signal.aborted),
    };
    return leaveFiles(resultOf(record, verdict), [
      { output: 'record', path, content: jsonText(record), printedAs: 'the record' },
    ]);
  },
});

function leavePlan(plan: RepairPlan, out: string): Promise<JobResult<Output>> {
  const isIdle = repairsNothing(plan);
  const goOn = isIdle
    ? []
    : [
        '',
        `Nothing was written. Have the digest approved, then run repair with plan ${out} and approve ${plan.digest}.`,
      ];
  const text = [repairPlanText(plan), ...goOn].join('\n');
  const result: JobResult<Output> = {
    outputs: { result: isIdle ? 'unchanged' : 'planned', digest: plan.digest, plan: '', record: '' },
    text,
    json: plan,
    summary: ['```', text, '```'].join('\n'),
  };
  return leaveFiles(result, [{ output: 'plan', path: out, content: jsonText(plan) }]);
}

/** One cluster after the other: each is a look of its own at what is left of a mesh. */
async function outcomesOf(
  { bundle, environment, connect }: EnvironmentFacts,
  { plan, holder }: { plan: RepairPlan; holder: string },
  { clock, reporter, signal }: JobContext,
): Promise<RepairOutcome[]> {
  const outcomes: RepairOutcome[] = [];
  for (const target of environment.clusters) {
    const cluster = target.name;
    if (signal.aborted) {
      outcomes.push({ cluster, result: 'not started' });
      continue;
    }
    try {
      const written = await repairCluster(connect(target), {
        target,
        manifest: bundle.manifest,
        bundle: clusterBundle(bundle, cluster),
        plan,
        holder,
        clock,
        reporter,
        signal,
      });
      outcomes.push(written.length === 0 ? { cluster, result: 'unchanged' } : { cluster, result: 'repaired', written });
    } catch (error) {
      outcomes.push({ cluster, ...failureOf(error, signal) });
    }
  }
  return outcomes;
}

function failureOf(error: unknown, signal: AbortSignal): Omit<Extract<RepairOutcome, { result: 'failed' }>, 'cluster'> {
  if (isStop(error, signal)) {
    return { result: 'failed', code: 'Interrupted', kind: 'interrupted', reason: 'it was interrupted' };
  }
  if (!(error instanceof DeliveryError)) throw error;
  const { code, kind, message: reason } = error;
  return { result: 'failed', code, kind, reason };
}

function resultOf(record: RepairRecord, verdict: Verdict): JobResult<Output> {
  const { environment, plan, clusters, result } = record;
  const failure = verdict.result === 'fail' ? gateRefusal(environment, verdict) : repairFailure(record);
  const text = [`repair of ${environment}: ${result}`, ...clusters.map(outcomeLine)].join('\n');
  return {
    outputs: { result, digest: plan.digest, plan: '', record: '' },
    text,
    json: record,
    summary: ['```', text, '```'].join('\n'),
    ...(failure ? { failure } : {}),
  };
}

function outcomeLine(outcome: RepairOutcome): string {
  const { cluster, result } = outcome;
  const what = outcome.result === 'repaired' ? `: ${outcome.written.join(', ')}` : '';
  return `  ${cluster}: ${result}${what}`;
}
