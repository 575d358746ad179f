import type { ProbeThresholds } from '../mesh/probe-policy.ts';
import type { Finding } from './judge-answers.ts';
import type { PhaseTally, TargetTally } from './statistics.ts';

/** How many times as noisy as the median the tail is: on two cores that do other work too, a second and more was seen. */
export const tailNoise = 40;

/** Milliseconds by which requests became slower that no proxy carries: the machine has become slower by as much. */
export interface MachineRise {
  p50: number;
  p99: number;
}

/** How many times a request may meet the machine's slowness: at each pod and each proxy on its way, and back. */
const machineShare = 10;

/** How many times as long is said though it is allowed, where it is no noise either. */
const saidRise = 2;

/** Milliseconds of one percentile, and by how many it may rise anyway. */
interface Rise {
  before: number;
  now: number;
  noise: number;
  machine: number;
}

export interface LatencyFacts {
  thresholds: ProbeThresholds;
  baseline: TargetTally | undefined;
  machine: MachineRise;
}

/** What it means that a target answers as slowly as it does in a phase. */
export function judgeLatency(
  { target, p50, p99 }: TargetTally,
  { name }: PhaseTally,
  { thresholds, baseline, machine }: LatencyFacts,
): Finding[] {
  const findings: Finding[] = [];
  const { p99: most, slowdown, medianSlowdown, noise = 0 } = thresholds;
  if (most !== undefined && p99 > most) {
    const reason = `${target}: the 99th percentile is ${oneDecimal(p99)} ms in phase ${name}, above the threshold of ${most} ms`;
    if (baseline === undefined || baseline.p99 <= most) findings.push({ result: 'fail', reason });
    else
      findings.push({
        result: 'inconclusive',
        reason: `${reason}; it was slow before (${oneDecimal(baseline.p99)} ms)`,
      });
  }
  const judge = (what: string, times: number | undefined, rise: Rise) => {
    if (times === undefined) return;
    const { before, now } = rise;
    const more = rise.noise + rise.machine * machineShare;
    const fails = now > before * times && now > before + more;
    if (fails) {
      const slower = rise.machine > 0 ? ' as the machine became slower too' : '';
      const allowed = `at most ${times} times${more > 0 ? `, or ${oneDecimal(more)} ms more${slower},` : ''} are allowed`;
      const reason = `${target}: ${what} is ${oneDecimal(now)} ms in phase ${name}, ${oneDecimal(now / before)} times the ${oneDecimal(before)} ms of before; ${allowed}`;
      findings.push({ result: 'fail', reason });
    } else if (noise > 0 && now > before * saidRise && now > before + noise) {
      const reason = `${target} ${oneDecimal(before)} → ${oneDecimal(now)} ms`;
      findings.push({ result: 'pass', reason, together: `${what} rose in phase ${name} by no more than is allowed` });
    }
  };
  if (baseline && baseline.requests > 0) {
    judge('the median', medianSlowdown, { before: baseline.p50, now: p50, noise, machine: machine.p50 });
    judge('the 99th percentile', slowdown, {
      before: baseline.p99,
      now: p99,
      noise: noise * tailNoise,
      machine: machine.p99,
    });
  }
  return findings;
}

function oneDecimal(value: number): string {
  return String(Math.round(value * 10) / 10);
}
