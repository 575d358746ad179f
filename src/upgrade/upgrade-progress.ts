import { count } from '../plan/report/words.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import { durationText } from './duration-text.ts';

export interface UpgradeProgress {
  step: StepId;
  /** The group that moves, where the step does not name it. */
  group?: string;
  namespace?: string;
  /** Workloads that are through. */
  moved: number;
  /** Workloads there are. */
  total: number;
  /** Milliseconds since the first workload was begun. */
  elapsed: number;
  /** About how long it still takes, from `timeLeft`. */
  left?: TimeLeft;
  /** Where several clusters are upgraded: which one this is, from 1, and of how many. */
  clusters?: { number: number; total: number };
}

/** A guess at the time that is left. */
export interface TimeLeft {
  milliseconds: number;
  /** It is more than was said before. */
  isLonger: boolean;
}

/** The pace that a guess goes by. */
export interface Pace {
  /** Workloads that came through, in this run. */
  moved: number;
  /** Milliseconds that they took. */
  elapsed: number;
  /** Workloads that are left. */
  left: number;
}

/** Where an upgrade stands: `group main · shop: 37 of 120 workloads, 2 min 10 s so far, about 5 min more`. */
export function progressLine(progress: UpgradeProgress): string {
  const { step, group, namespace, moved, total, elapsed, left, clusters } = progress;
  const where = [
    ...(clusters ? [`cluster ${clusters.number} of ${clusters.total}`] : []),
    stepTitle(step),
    ...(group === undefined || step === `group:${group}` ? [] : [`group ${group}`]),
    ...(namespace === undefined ? [] : [namespace]),
  ];
  const parts = [
    `${moved} of ${count(total, 'workload')}`,
    `${durationText(elapsed)} so far`,
    ...(moved >= total ? [] : [leftText(left)]),
  ];
  return `${where.join(' · ')}: ${parts.join(', ')}`;
}

/** A step as a person reads it: `group:main` → `group main`. */
export function stepTitle(step: StepId): string {
  return step.replace(':', ' ');
}

/**
 * By the pace so far; undefined while it rests on too little, for the first workloads are no measure of the others: a
 * tenth of what there is, and two of them at least. `told` is what was said last, in milliseconds.
 */
export function timeLeft({ moved, elapsed, left }: Pace, told?: number): TimeLeft | undefined {
  if (left === 0 || moved < Math.max(2, (moved + left) / 10)) return undefined;
  const milliseconds = roughly((left * elapsed) / moved);
  return { milliseconds, isLonger: told !== undefined && milliseconds > told };
}

function leftText(left: TimeLeft | undefined): string {
  if (left === undefined) return 'how long still is unknown';
  const longer = left.isLonger ? ', longer than it looked' : '';
  return `about ${durationText(left.milliseconds)} more${longer}`;
}

/** A guess that is told to the second would look like knowledge. */
function roughly(milliseconds: number): number {
  const grain =
    milliseconds < 60_000 ? 5_000 : milliseconds < 600_000 ? 30_000 : milliseconds < 3_600_000 ? 60_000 : 300_000;
  return Math.max(grain, Math.round(milliseconds / grain) * grain);
}
