import { podTrouble } from '../apply/explain.ts';
import { lastWarning } from '../apply/warnings.ts';
import { messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { probeLabel } from './traffic-job.ts';

export interface AwaitPodOptions {
  /** Milliseconds that the pod may take to run. */
  within: number;
  clock: Clock;
  signal: AbortSignal;
}

/** The pod of a probe's Job, or why there is none that runs. */
export type AwaitedPod = { kind: 'running'; pod: string } | { kind: 'not running'; reason: string };

const lookEvery = 500;

/** What a container waits for that waiting does not bring. */
const hopeless = /InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError|RunContainerError/;

/** Waits until every container of the Job's pod has started. */
export async function awaitPod(
  cluster: Cluster,
  job: KubernetesObject,
  { within, clock, signal }: AwaitPodOptions,
): Promise<AwaitedPod> {
  const { namespace = '', name } = job.metadata;
  const where = { namespace, labelSelector: `${probeLabel}=${name}` };
  const giveUp = clock.now().getTime() + within;
  for (;;) {
    let reason = 'its pod was not created';
    try {
      const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, where);
      const [pod] = items;
      if (pod && hasStarted(pod)) return { kind: 'running', pod: pod.metadata.name };
      const trouble = pod ? podTrouble(pod) : await lastWarning(cluster, job);
      if (pod) reason = `pod ${namespace}/${pod.metadata.name}: ${trouble ?? 'it has not started'}`;
      else if (trouble !== undefined) reason = `its pod cannot be created: ${trouble}`;
      if (trouble !== undefined && hopeless.test(trouble)) return { kind: 'not running', reason };
    } catch (error) {
      reason = messageOf(error);
    }
    if (clock.now().getTime() >= giveUp) return { kind: 'not running', reason };
    await clock.sleep(lookEvery, signal);
  }
}

/** Also where one has ended already: its log says why. */
function hasStarted({ spec, status }: KubernetesObject): boolean {
  const { containers = [] } = (spec ?? {}) as { containers?: unknown[] };
  const { containerStatuses = [] } = (status ?? {}) as {
    containerStatuses?: { state?: { running?: unknown; terminated?: unknown } }[];
  };
  const started = containerStatuses.filter(({ state }) => state?.running || state?.terminated);
  return containers.length > 0 && started.length === containers.length;
}
