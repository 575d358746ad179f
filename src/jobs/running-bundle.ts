import { readBundle } from '../adapters/files/read-bundle.ts';
import { readTextFile } from '../adapters/files/text-files.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import { verifiedIdentity } from '../plan/plan-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import { evidenceOf, parseRecord } from '../record/evidence.ts';
import { promotedBundle } from '../rehearsal/promoted-bundle.ts';
import { connectWith } from './environment-inputs.ts';
import type { JobContext } from './job.ts';

export interface RunningInputs {
  from: string | undefined;
  evidence: string[];
  kubeconfig: string | undefined;
  /** Nothing runs there, says whoever rehearses. */
  firstInstall: boolean;
}

interface Rehearsed {
  to: Bundle;
  environment: Environment;
  target: ClusterTarget;
}

/** What the environment's own cluster says: its bundle, that nothing was promoted, or why it cannot be asked. */
type Live =
  | { kind: 'runs'; bundle: Bundle; cluster: Cluster }
  | { kind: 'nothing'; cluster: Cluster }
  | { kind: 'unknown'; reason: string };

export interface Running {
  /** Undefined where nothing runs, which somebody must have said or seen. */
  bundle: Bundle | undefined;
  /** The environment's cluster, where it could be asked. */
  asked: { cluster: Cluster } | { reason: string };
}

/**
 * The bundle that an environment runs now: the given one, held against what the environment or its record tells, or
 * the environment's own.
 */
export async function runningBundle(
  inputs: RunningInputs,
  rehearsed: Rehearsed,
  { reporter, signal }: JobContext,
): Promise<Running> {
  const { from, evidence, firstInstall } = inputs;
  const { to, environment, target } = rehearsed;
  if (from !== undefined && firstInstall) {
    throw new DeliveryError('from is what the environment runs, and first-install says that nothing does; give one', {
      code: 'InvalidInput',
      kind: 'usage',
    });
  }
  const given = from === undefined ? undefined : await readBundle(from);
  const live = await askCluster(inputs, rehearsed, { reporter, signal });
  if (live.kind === 'runs' && (given || firstInstall)) {
    refuseOther(given, live.bundle.manifest.digest, `cluster ${target.name}`);
  }
  const running = given ?? (live.kind === 'runs' ? live.bundle : undefined);
  for (const file of evidence) {
    const proofs = evidenceOf(parseRecord(await readTextFile(file, 'evidence'), file), to.manifest.mesh);
    const proof = proofs.find(({ environment: name, promoted }) => promoted && name === environment.name);
    if (proof?.bundle !== undefined) refuseOther(running, proof.bundle, `record ${file}`);
  }
  if (!running && live.kind === 'unknown' && !firstInstall) throw runsUnknown(rehearsed, live.reason);
  if (given && live.kind === 'unknown') {
    reporter.line(`cluster ${target.name} was not asked what it runs (${live.reason}); from is taken for it`);
  }
  reporter.line(
    running
      ? `${environment.name} runs bundle ${running.manifest.digest}, revision ${running.manifest.istio.revision}`
      : `nothing runs in ${environment.name}: a first install is rehearsed`,
  );
  return { bundle: running, asked: live };
}

/** A kubeconfig that is given must lead there; the one that every command takes may be for other clusters. */
async function askCluster(
  { kubeconfig, firstInstall }: RunningInputs,
  { to, target }: Rehearsed,
  context: Pick<JobContext, 'reporter' | 'signal'>,
): Promise<Live> {
  if (firstInstall && kubeconfig === undefined) return { kind: 'unknown', reason: 'first-install was given' };
  try {
    const cluster = connectWith(kubeconfig, context)(target);
    await verifiedIdentity(cluster, target);
    const bundle = await promotedBundle(cluster, to.manifest.namespaces.controlPlane);
    return bundle ? { kind: 'runs', bundle, cluster } : { kind: 'nothing', cluster };
  } catch (error) {
    if (!(error instanceof DeliveryError) || kubeconfig !== undefined) throw error;
    return { kind: 'unknown', reason: error.message };
  }
}

function runsUnknown({ environment, target }: Rehearsed, reason: string): DeliveryError {
  return new DeliveryError(
    `what ${environment.name} runs is not known, and so not what to rehearse: cluster ${target.name} cannot be asked (${reason}); give its bundle as from, a kubeconfig that reaches it, or first-install where nothing runs there`,
    { code: 'RunningUnknown', kind: 'usage' },
  );
}

function refuseOther(bundle: Bundle | undefined, told: string, source: string): void {
  if (bundle?.manifest.digest === told) return;
  const reason = bundle ? `it is ${bundle.manifest.digest}` : 'it was not given';
  throw new DeliveryError(
    `from is not what the environment runs: ${source} tells bundle ${told}, and ${reason}; give that bundle`,
    { code: 'NotWhatRuns', kind: 'refused' },
  );
}
