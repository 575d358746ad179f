import { DeliveryError, isStop } from '../errors.ts';
import type { Evidence } from '../gate/evidence.ts';
import { judge } from '../gate/judge.ts';
import { passLines, type Verdict, verdictLines } from '../gate/verdict.ts';
import type { Environment } from '../mesh/environment.ts';
import type { Plan } from '../plan/plan.ts';
import { type LookOptions, lookAt } from '../probe/health/look-at.ts';
import type { EnvironmentFacts } from './environment-inputs.ts';
import { gatherEvidence } from './gather-evidence.ts';
import type { JobContext, JobResult } from './job.ts';
import { lookOptions } from './look-options.ts';

interface VerdictInputs {
  approve: string | undefined;
  evidence: string[];
  /** Waves of this environment that come before the one that is promoted. */
  earlier: string[][];
}

/** What the gate says of the plan. */
export async function verdictOf(
  facts: EnvironmentFacts,
  plan: Plan,
  { approve, evidence, earlier }: VerdictInputs,
  context: JobContext,
): Promise<Verdict> {
  const { bundle, environment, connect, kubeconfig } = facts;
  const look = { ...lookOptions(bundle.manifest, kubeconfig, context), connect };
  return judge({
    environment,
    environments: bundle.manifest.environments,
    bundle: bundle.manifest.digest,
    plan,
    evidence: await gatherEvidence(facts, { records: evidence, look }, context),
    earlierWaves: await lookAtWaves(environment, earlier, look),
    ...(approve === undefined ? {} : { approve }),
  });
}

/** The same, line by line in the log, where the reason of a refusal is said at the end of the run. */
export async function verdictOn(
  facts: EnvironmentFacts,
  plan: Plan,
  inputs: VerdictInputs,
  context: JobContext,
): Promise<Verdict> {
  const { reporter } = context;
  const look = async () => {
    const verdict = await verdictOf(facts, plan, inputs, context);
    for (const line of passLines(verdict)) reporter.line(line);
    return verdict;
  };
  return reporter.phase(`Gate of ${facts.environment.name}`, look, ({ result }) => result === 'pass');
}

/** Why a gate that fails ends the run. */
export function gateRefusal(environment: string, verdict: Verdict): NonNullable<JobResult<string>['failure']> {
  const rules = verdict.rules.filter(({ result }) => result === 'fail');
  return {
    kind: 'refused',
    reason: [`the gate of ${environment} fails`, ...verdictLines({ ...verdict, rules })].join('\n'),
  };
}

function lookAtWaves(environment: Environment, waves: string[][], look: LookOptions): Promise<Evidence[]> {
  return Promise.all(
    waves.map(async (wave, index) => {
      const name = `${environment.name}, wave ${index + 1}`;
      const clusters = environment.clusters.filter((cluster) => wave.includes(cluster.name));
      try {
        return await lookAt({ name, clusters }, look);
      } catch (error) {
        if (!(error instanceof DeliveryError) || isStop(error, look.signal)) throw error;
        const at = look.clock.now().toISOString();
        return { environment: name, source: 'cluster', promoted: false, healthy: false, at, unknown: error.message };
      }
    }),
  );
}
