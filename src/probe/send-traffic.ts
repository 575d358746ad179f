import { randomBytes } from 'node:crypto';
import { DeliveryError, messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, objectId } from '../ports/objects.ts';
import type { Reporter } from '../ports/reporter.ts';
import { awaitPod } from './await-pod.ts';
import { clusterTime } from './cluster-time.ts';
import { followSource } from './follow-source.ts';
import type { Sample } from './sample.ts';
import { probeLabel, trafficJob } from './traffic-job.ts';
import type { TrafficSource } from './traffic-source.ts';

export interface SendTrafficOptions {
  sources: readonly TrafficSource[];
  namespace: string;
  /** Milliseconds that the pod may take to start. */
  startWithin: number;
  /** Seconds after which the cluster ends the traffic where this run cannot any more. */
  longest: number;
  clock: Clock;
  reporter: Pick<Reporter, 'warning'>;
  /** Ends the start; traffic that has begun goes on until it is stopped. */
  signal: AbortSignal;
  onSample: (target: string, sample: Sample) => void;
}

/** Traffic that goes on in the cluster, or does not. */
export interface Traffic {
  /** Begins; returns when it goes on, or when it is known why it does not. Throws nothing but the signal's reason. */
  begin(): Promise<void>;
  /** Why nothing, or nothing more, comes of a target. */
  trouble(target: string): string | undefined;
  stop(): Promise<void>;
}

/** One Job with a container for each source, whose logs are followed. */
export function sendTraffic(cluster: Cluster, options: SendTrafficOptions): Traffic {
  const { sources, namespace, startWithin, longest, clock, reporter, signal, onSample } = options;
  const troubles = new Map<string, string>();
  const following = new AbortController();
  let job: KubernetesObject | undefined;
  let followed: Promise<unknown> = Promise.resolve();

  function noteAll(trouble: string): void {
    for (const { target } of sources) troubles.set(target, trouble);
  }

  /** By this machine's time, so that it can be told which phase a request belongs to. */
  function follow(pod: string, target: string): Promise<void> {
    const onTime = clusterTime();
    return followSource(
      cluster,
      { namespace, pod, container: target },
      {
        clock,
        signal: following.signal,
        onSample: (sample) => onSample(target, onTime(sample, clock.now().getTime())),
        onTrouble(trouble) {
          if (trouble === undefined) troubles.delete(target);
          else troubles.set(target, trouble);
        },
      },
    );
  }

  return {
    trouble: (target) => troubles.get(target),

    async begin() {
      try {
        await removeLeftovers(cluster, namespace);
        const name = `istio-delivery-probe-${randomBytes(3).toString('hex')}`;
        const made = await cluster.create(trafficJob({ name, namespace, sources, longest }));
        if (!made.created) return noteAll(`Job ${namespace}/${name} is there already`);
        job = made.object;
      } catch (error) {
        return noteAll(`the Job that sends the requests cannot be created: ${messageOf(error)}`);
      }
      const awaited = await awaitPod(cluster, job, { within: startWithin, clock, signal });
      if (awaited.kind === 'not running') return noteAll(awaited.reason);
      followed = Promise.all(sources.map(({ target }) => follow(awaited.pod, target)));
    },

    async stop() {
      following.abort();
      await followed;
      if (job === undefined) return;
      await cluster.delete(objectId(job), job.metadata.uid ?? '').catch((error: unknown) => {
        // It is gone with its cluster.
        if (signal.reason instanceof DeliveryError && signal.reason.code === 'ClusterLost') return;
        reporter.warning(
          `Job ${namespace}/${job?.metadata.name} of cluster ${cluster.name} cannot be deleted: ${messageOf(error)}; delete it, or leave it to the next probe`,
        );
      });
    },
  };
}

/** Ends the traffic of probes that could not end it themselves. */
async function removeLeftovers(cluster: Cluster, namespace: string): Promise<void> {
  const where = { namespace, labelSelector: probeLabel };
  const { items } = await cluster.list({ apiVersion: 'batch/v1', kind: 'Job' }, where);
  for (const job of items) await cluster.delete(objectId(job), job.metadata.uid ?? '');
}
