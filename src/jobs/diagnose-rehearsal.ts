import type { Bundle } from '../bundle/bundle.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import { changeText } from '../plan/report/change-text.ts';
import { count } from '../plan/report/words.ts';
import { accusedProxies, diagnosisTitle, failedRequestsText, firstFailure } from '../record/diagnosis-texts.ts';
import type { RehearsalRecord } from '../record/rehearsal-record.ts';
import type { JobContext } from './job.ts';
import type { RehearsalCluster } from './rehearsal-cluster.ts';

export interface RehearsalDiagnosis {
  /** Is made where it is missing. */
  folder: string;
  record: RehearsalRecord;
  from?: Bundle;
  to: Bundle;
  /** Cluster of the bundles. */
  cluster: string;
  /** Where the proxies are that the requests went through. */
  namespaces: readonly string[];
  /** What they logged of requests that failed. */
  logged: readonly string[];
}

/** Milliseconds that a run has for it which is told to stop: it is killed ten seconds later, and deletes its cluster first. */
const afterStop = 3_000;

/** Milliseconds for what can be seen of a cluster that is lost: it may keep every question waiting. */
const ofLost = 20_000;

/** Writes what can be seen of the cluster of a rehearsal, and what the rehearsal knows itself, into a folder. */
export async function diagnoseRehearsal(
  at: RehearsalCluster,
  diagnosis: RehearsalDiagnosis,
  { reporter, signal }: JobContext,
): Promise<void> {
  const { folder, record, to, namespaces } = diagnosis;
  const since = firstFailure(record);
  const { signal: stopped, letGo } = someTimeAfter(signal, afterStop);
  const isLost = record.parts.some(({ code }) => code === 'ClusterLost');
  const ended = isLost ? AbortSignal.any([stopped, AbortSignal.timeout(ofLost)]) : stopped;
  try {
    const { files, failures } = await reporter.phase('Diagnostics', () =>
      at.diagnose(folder, {
        istioVersion: to.manifest.istio.version,
        signal: ended,
        diagnosis: {
          title: diagnosisTitle(record),
          texts: textsOf(diagnosis),
          namespaces,
          suspects: accusedProxies(record),
          ...(since ? { since } : {}),
        },
      }),
    );
    const lacking = failures.length === 0 ? '' : `; ${count(failures.length, 'thing')} could not be exported`;
    reporter.line(`${count(files.length, 'file')} in ${folder}${lacking}: index.txt says what stands where`);
  } finally {
    letGo();
  }
}

function textsOf({ record, from, to, cluster, logged }: RehearsalDiagnosis): Record<string, string> {
  const failed = failedRequestsText(record, logged);
  const sideOf = (bundle: Bundle) => ({
    part: clusterBundle(bundle, cluster),
    revision: bundle.manifest.istio.revision,
  });
  return {
    ...(failed === undefined ? {} : { 'failed-requests.txt': failed }),
    ...(from ? { 'change.txt': changeText(sideOf(from), sideOf(to)).join('\n') } : {}),
  };
}

/** Aborted some time after another one is. */
function someTimeAfter(signal: AbortSignal, milliseconds: number): { signal: AbortSignal; letGo: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onStop = () => {
    timer = setTimeout(() => controller.abort(signal.reason), milliseconds);
  };
  if (signal.aborted) onStop();
  else signal.addEventListener('abort', onStop, { once: true });
  return {
    signal: controller.signal,
    letGo() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onStop);
    },
  };
}
