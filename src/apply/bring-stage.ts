import { autoscalerMinimums, greatest, leastReplicas } from '../bundle/autoscaled.ts';
import type { ObjectPlan } from '../plan/plan-object.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId } from '../ports/objects.ts';
import type { Reporter } from '../ports/reporter.ts';
import { type AppliedStage, type ApplyStageOptions, applyStage } from './apply-stage.ts';
import type { Cures } from './cures.ts';
import { type Unfinished, waitReady } from './wait-ready.ts';

export interface BringStageOptions extends Omit<ApplyStageOptions, 'onApplied'> {
  cures: Cures;
  /** Milliseconds that the objects may take to become ready. */
  timeout: number;
  reporter: Reporter;
}

/** Carries out the changes of one stage, and waits until all of it is ready. */
export async function bringStage(
  cluster: Cluster,
  examined: ObjectPlan[],
  options: BringStageOptions,
): Promise<AppliedStage> {
  const { stage, cures, timeout, clock, reporter, signal } = options;
  const applied = await applyStage(cluster, examined, {
    ...options,
    onApplied: (done, total) => reporter.progress(`${cluster.name} · ${stage}: ${done} of ${total} applied`),
  });
  const started = clock.now().getTime();
  await waitReady(cluster, applied.objects, {
    timeout,
    clock,
    signal,
    cure: cures.goOn,
    wanted: wantedOf(examined, applied),
    onProgress: (unfinished) => {
      const seconds = Math.round((clock.now().getTime() - started) / 1000);
      reporter.progress(`${cluster.name} · ${stage}: ${waitingFor(unfinished)}, ${seconds} s`);
    },
  });
  const { created, updated, unchanged } = applied;
  reporter.line(
    `${cluster.name} · ${stage}: ${created} created, ${updated} updated, ${unchanged} unchanged, all ready`,
  );
  return applied;
}

/** What the bundle and the live autoscalers want, and nobody else decides. */
function wantedOf(examined: ObjectPlan[], { objects }: AppliedStage): Map<string, number> {
  const left = new Map(examined.map(({ planned, left }) => [planned.object, left.map(({ path }) => path)]));
  const rendered = leastReplicas([...left.keys()], (object, path) => left.get(object)?.includes(path) ?? false);
  return greatest(rendered, autoscalerMinimums(objects));
}

function waitingFor(unfinished: Unfinished[]): string {
  const [first] = unfinished;
  if (!first) return 'all ready';
  const others = unfinished.length > 1 ? ` and ${unfinished.length - 1} more` : '';
  return `waits for ${formatObjectId(first.id)} (${first.reason})${others}`;
}
