import type { ClusterOutcome } from '../apply/promote-environment.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Environment } from '../mesh/environment.ts';
import type { Plan } from '../plan/plan.ts';

/** Who set a promotion off, and from where; absent fields are not known. */
export interface Origin {
  /** The GitHub user, or the user of the machine. */
  actor: string;
  repository?: string;
  commit?: string;
  /** Address of the workflow run. */
  run?: string;
}

/** The document a promotion leaves behind. It is evidence for the gate of the next environment. */
export interface DeliveryRecord {
  apiVersion: 'istio-delivery/v1';
  kind: 'Promotion';
  mesh: string;
  environment: string;
  istio: { version: string; revision: string };
  /** Digest of the bundle. */
  bundle: string;
  /** Digest of the plan that was given, whatever it is for. */
  plan: string;
  origin: Origin;
  /** ISO 8601. */
  started: string;
  finished: string;
  verdict: Verdict;
  clusters: ClusterOutcome[];
  /**
   * `partial`: everything that was asked for is done, and other waves of the environment are still to come.
   * `interrupted`: the run was told to stop before everything was done.
   */
  result: 'promoted' | 'unchanged' | 'partial' | 'failed' | 'refused' | 'interrupted';
}

export interface RecordFacts {
  /** The bundle and the environment that were asked for; a plan that was given may be of others. */
  manifest: Pick<BundleManifest, 'mesh' | 'istio' | 'digest'>;
  environment: Pick<Environment, 'name' | 'clusters'>;
  plan: Plan;
  origin: Origin;
  started: Date;
  finished: Date;
  verdict: Verdict;
  /** Empty when the gate refused. */
  outcomes: ClusterOutcome[];
  /** Number of clusters in earlier waves, which the gate has found promoted and healthy. */
  before?: number;
}

export function recordOf(facts: RecordFacts): DeliveryRecord {
  const { manifest, environment, plan, origin, started, finished, verdict, outcomes } = facts;
  return {
    apiVersion: 'istio-delivery/v1',
    kind: 'Promotion',
    mesh: manifest.mesh,
    environment: environment.name,
    istio: manifest.istio,
    bundle: manifest.digest,
    plan: plan.digest,
    origin,
    started: started.toISOString(),
    finished: finished.toISOString(),
    verdict,
    clusters: outcomes,
    result: resultOf(facts),
  };
}

function resultOf({ environment, verdict, outcomes, before = 0 }: RecordFacts): DeliveryRecord['result'] {
  if (verdict.result === 'fail') return 'refused';
  const failures = outcomes.filter(({ result }) => result === 'failed' || result === 'not started');
  if (outcomes.some(isInterrupted)) return 'interrupted';
  if (failures.length > 0) {
    const refused = outcomes.every((outcome) => outcome.result !== 'failed' || outcome.kind === 'refused');
    return refused && outcomes.every(({ result }) => result !== 'promoted') ? 'refused' : 'failed';
  }
  if (before + outcomes.length < environment.clusters.length) return 'partial';
  return outcomes.every(({ result }) => result === 'unchanged') ? 'unchanged' : 'promoted';
}

function isInterrupted(outcome: ClusterOutcome): boolean {
  if (outcome.result === 'not started') return outcome.reason === 'interrupted';
  return outcome.result === 'failed' && outcome.kind === 'interrupted';
}
