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
  /** Where several clusters are upgraded: which one this is, from 1, and of how many. */
  clusters?: { number: number; total: number };
}

/** Where an upgrade stands: `group main · shop: 37 of 120 workloads, 2 min 10 s so far, about 5 min more`. */
export function progressLine(progress: UpgradeProgress): string {
  const { step, group, namespace, moved, total, elapsed, clusters } = progress;
  const where = [
    ...(clusters ? [`cluster ${clusters.number} of ${clusters.total}`] : []),
    stepTitle(step),
    ...(group === undefined || step === `group:${group}` ? [] : [`group ${group}`]),
    ...(namespace === undefined ? [] : [namespace]),
  ];
  const parts = [
    `${moved} of ${total} workloads`,
    `${durationText(elapsed)} so far`,
    remaining({ moved, total, elapsed }),
  ];
  return `${where.join(' · ')}: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

/** A step as a person reads it: `group:main` → `group main`. */
export function stepTitle(step: StepId): string {
  return step.replace(':', ' ');
}

/** By the pace so far; nothing is known of it before the first workload is through. */
function remaining({
  moved,
  total,
  elapsed,
}: Pick<UpgradeProgress, 'moved' | 'total' | 'elapsed'>): string | undefined {
  if (moved >= total) return undefined;
  if (moved === 0) return 'how long still is unknown';
  return `about ${durationText(roughly(((total - moved) * elapsed) / moved))} more`;
}

/** A guess that is told to the second would look like knowledge. */
function roughly(milliseconds: number): number {
  const grain =
    milliseconds < 60_000 ? 5_000 : milliseconds < 600_000 ? 30_000 : milliseconds < 3_600_000 ? 60_000 : 300_000;
  return Math.max(grain, Math.round(milliseconds / grain) * grain);
}
