import { messageOf } from '../../errors.ts';
import type { CheckName } from '../../mesh/probe-policy.ts';
import type { CertificateDirectory } from '../../ports/certificates.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { CheckAnswer } from '../../ports/probe-result.ts';
import type { ProxyDirectory } from '../../ports/proxies.ts';
import { baselinePhase } from '../baseline-phase.ts';
import { worseAnswer } from '../judge-metrics.ts';
import type { CheckLook } from './check-look.ts';
import { judgeCheck } from './judge-check.ts';
import { certificateLooks } from './look-at-certificates.ts';
import { lookAtInjectors } from './look-at-injectors.ts';
import { lookAtProxies } from './look-at-proxies.ts';

/** Who can be asked about the proxies of a cluster. */
export interface ProxySources {
  proxies: ProxyDirectory;
  certificates: CertificateDirectory;
}

export interface CheckOptions {
  names: readonly CheckName[];
  /** Namespace of the control plane. */
  namespace: string;
  /** Absent where nobody can be asked. */
  sources?: ProxySources;
  clock: Clock;
  signal: AbortSignal;
}

/** The looks of a probe, and the worst that each has come to in each phase. */
export interface AskedChecks {
  ask(phase: string): Promise<void>;
  /** Notes the proxies that are in trouble by one look, where nothing is measured before a change. */
  excuseProxies(): Promise<void>;
  answers(): CheckAnswer[];
}

/** Milliseconds that a trouble is given to pass: istiod pushes, and pods come and go. */
const patience = 15_000;
const lookEvery = 2_000;

/** Takes every look in turn, again where there is trouble that may pass; one that cannot be taken is an answer too. */
export function askChecks(cluster: Cluster, options: CheckOptions): AskedChecks {
  const { names, namespace, sources, clock, signal } = options;
  const before = new Map<CheckName, CheckLook>();
  const answers = new Map<string, CheckAnswer>();
  const looks = looksAt(cluster, namespace, sources);

  async function settled(name: CheckName, phase: string): Promise<CheckAnswer> {
    const giveUp = clock.now().getTime() + patience;
    for (;;) {
      const look = await looks[name]().catch((error: unknown) => unseen(messageOf(error)));
      signal.throwIfAborted();
      const known = before.get(name);
      const answer = judgeCheck(name, { phase, look, ...(known ? { before: known } : {}) });
      if (answer.result === 'pass' || clock.now().getTime() >= giveUp) {
        if (phase === baselinePhase) before.set(name, look);
        return answer;
      }
      await clock.sleep(lookEvery, signal);
    }
  }

  return {
    async ask(phase) {
      // One after the other: they share the machine with what is measured.
      for (const name of names) {
        const key = `${phase}\n${name}`;
        answers.set(key, worseAnswer(answers.get(key), await settled(name, phase)));
      }
    },
    async excuseProxies() {
      if (!names.includes('proxies')) return;
      before.set('proxies', await looks.proxies().catch((error: unknown) => unseen(messageOf(error))));
      signal.throwIfAborted();
    },
    answers: () => [...answers.values()],
  };
}

function looksAt(
  cluster: Cluster,
  namespace: string,
  sources: ProxySources | undefined,
): Record<CheckName, () => Promise<CheckLook>> {
  const nobody = async () => unseen('nobody was given to ask');
  return {
    proxies: sources ? () => lookAtProxies(cluster, sources.proxies) : nobody,
    webhooks: () => lookAtInjectors(cluster, namespace),
    certificates: sources ? certificateLooks(cluster, sources.certificates) : nobody,
  };
}

function unseen(reason: string): CheckLook {
  return { kind: 'unseen', reason };
}
