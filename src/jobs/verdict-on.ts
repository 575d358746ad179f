import { lookAt } from '../apply/look.ts';
import type { Evidence } from '../gate/evidence.ts';
import { judge } from '../gate/judge.ts';
import { type Verdict, verdictLines } from '../gate/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { EnvironmentFacts } from './environment-inputs.ts';
import { gatherEvidence } from './gather-evidence.ts';
import type { JobContext, JobResult } from './job.ts';

interface VerdictInputs {
  approve: string | undefined;
  evidence: string[];
  /** Waves of this environment that come before the one that is promoted. */
  earlier: string[][];
}

/** What the gate says of the plan, line by line in the log. */
export async function verdictOn(
  facts: EnvironmentFacts,
  plan: Plan,
  { approve, evidence, earlier }: VerdictInputs,
  { clock, reporter }: JobContext,
): Promise<Verdict> {
  const { bundle, environment } = facts;
  return reporter.phase(`Gate of ${environment.name}`, async () => {
    const verdict = judge({
      environment,
      environments: bundle.manifest.environments,
      bundle: bundle.manifest.digest,
      plan,
      evidence: await gatherEvidence(facts, { records: evidence, clock, reporter }),
      earlierWaves: await lookAtWaves(facts, earlier, clock),
      ...(approve === undefined ? {} : { approve }),
    });
    for (const line of verdictLines(verdict)) reporter.line(line);
    return verdict;
  });
}

/** Why a gate that fails ends the run. */
export function gateRefusal(environment: string, verdict: Verdict): NonNullable<JobResult<string>['failure']> {
  const rules = verdict.rules.filter(({ result }) => result === 'fail');
  return {
    kind: 'refused',
    reason: [`the gate of ${environment} fails`, ...verdictLines({ ...verdict, rules })].join('\n'),
  };
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
