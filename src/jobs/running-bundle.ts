import { readBundle } from '../adapters/files/read-bundle.ts';
import { readTextFile } from '../adapters/files/text-files.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import { evidenceOf, parseRecord } from '../record/evidence.ts';
import { promotedBundle } from '../rehearsal/promoted-bundle.ts';
import { connectWith } from './environment-inputs.ts';
import type { JobContext } from './job.ts';

export interface RunningInputs {
  from: string | undefined;
  evidence: string[];
  kubeconfig: string | undefined;
}

/**
 * The bundle that an environment runs now: the given one, held against what the environment or its record tells, or
 * the environment's own. Undefined where nothing runs.
 */
export async function runningBundle(
  { from, evidence, kubeconfig }: RunningInputs,
  { to, environment, target }: { to: Bundle; environment: Environment; target: ClusterTarget },
  { reporter, signal }: JobContext,
): Promise<Bundle | undefined> {
  const given = from === undefined ? undefined : await readBundle(from);
  const { controlPlane } = to.manifest.namespaces;
  const live =
    kubeconfig === undefined ? undefined : await promotedBundle(connectWith(kubeconfig, signal)(target), controlPlane);
  if (live) refuseOther(given, live.manifest.digest, `cluster ${target.name}`);
  for (const file of evidence) {
    const proofs = evidenceOf(parseRecord(await readTextFile(file, 'evidence'), file), to.manifest.mesh);
    const proof = proofs.find(({ environment: name, promoted }) => promoted && name === environment.name);
    if (proof?.bundle !== undefined) refuseOther(given ?? live, proof.bundle, `record ${file}`);
  }
  const running = given ?? live;
  reporter.line(
    running
      ? `${environment.name} runs bundle ${running.manifest.digest}, revision ${running.manifest.istio.revision}`
      : `nothing is known to run in ${environment.name}: a first install is rehearsed`,
  );
  return running;
}

function refuseOther(bundle: Bundle | undefined, told: string, source: string): void {
  if (bundle?.manifest.digest === told) return;
  const reason = bundle ? `it is ${bundle.manifest.digest}` : 'it was not given';
  throw new DeliveryError(
    `from is not what the environment runs: ${source} tells bundle ${told}, and ${reason}; give that bundle`,
    { code: 'NotWhatRuns', kind: 'refused' },
  );
}
