import { podTrouble } from '../apply/explain.ts';
import { messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster, PodContainer } from '../ports/cluster.ts';
import { freshLines } from './fresh-lines.ts';
import type { Sample } from './sample.ts';

export interface FollowOptions {
  clock: Clock;
  signal: AbortSignal;
  onSample: (sample: Sample) => void;
  /** Why nothing comes; undefined once something does. */
  onTrouble: (trouble: string | undefined) => void;
}

/** How long a log is left alone after its stream has ended, in milliseconds. */
const reopenAfter = 1_000;

/** Reads the samples of one container until the signal is aborted or the container has ended; never throws. */
export async function followSource(cluster: Cluster, container: PodContainer, options: FollowOptions): Promise<void> {
  const { clock, signal, onSample, onTrouble } = options;
  const lines = freshLines();
  while (!signal.aborted) {
    let trouble: string | undefined;
    try {
      for await (const line of cluster.log(container, signal)) {
        const sample = lines.take(line);
        if (sample === undefined) continue;
        onTrouble(undefined);
        onSample(sample);
      }
    } catch (error) {
      trouble = messageOf(error);
    }
    if (signal.aborted) return;
    const look = await lookAt(cluster, container).catch((error: unknown) => ({ ended: false, why: messageOf(error) }));
    const reason = look.ended ? look.why : (trouble ?? look.why);
    const [said] = lines.strange().first;
    if (reason !== undefined) onTrouble(said === undefined ? reason : `${reason}; it said: ${said}`);
    if (look.ended) return;
    await clock.sleep(reopenAfter, signal).catch(() => undefined);
  }
}

/** Whether a container prints no more, and what is the matter with it. */
async function lookAt(
  cluster: Cluster,
  { namespace, pod: name, container }: PodContainer,
): Promise<{ ended: boolean; why: string | undefined }> {
  const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
  if (pod === undefined) return { ended: true, why: `pod ${namespace}/${name} is gone` };
  const { containerStatuses = [] } = (pod.status ?? {}) as {
    containerStatuses?: { name: string; state?: { terminated?: { reason?: string; exitCode?: number } } }[];
  };
  const terminated = containerStatuses.find((each) => each.name === container)?.state?.terminated;
  if (terminated) {
    const how = `${terminated.reason ?? 'no reason given'} (exit code ${terminated.exitCode ?? 'unknown'})`;
    return { ended: true, why: `container ${container} of pod ${namespace}/${name} ended: ${how}` };
  }
  const trouble = podTrouble(pod);
  return { ended: false, why: trouble === undefined ? undefined : `pod ${namespace}/${name}: ${trouble}` };
}
