import { DeliveryError } from '../../src/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { proxiedPod } from './proxied-pods.ts';

/** How a request that is sent at a moment ends: milliseconds, and the error of one that fails. */
export type Ends = (target: string, sent: number) => { latency: number; error?: string } | undefined;

export interface ProbedCluster {
  cluster: Cluster;
  clock: Clock;
  /** Jobs that are there now. */
  jobs(): string[];
  /** Decides on every request from now on. */
  ends(decide: Ends): void;
  /** Ends every stream of a log, as a restart of the API server does. */
  cut(): void;
  /** Status of the pods that begin from now on. */
  podStatus(status: Record<string, unknown>): void;
}

const start = Date.parse('2026-03-01T12:00:00Z');

/**
 * A cluster of which a probe sees no more than here is: a pod of the mesh, Jobs, their pods, and logs that grow by ten lines a second for
 * each container while the clock goes on, which it does where somebody sleeps.
 */
export function probedCluster(): ProbedCluster {
  let now = start;
  let decide: Ends = () => ({ latency: 5 });
  let status: (names: string[]) => Record<string, unknown> = running;
  const jobs = new Map<string, KubernetesObject>();
  const logs = new Map<string, string[]>();
  const streams: (() => void)[] = [];
  const waiting: (() => void)[] = [];

  function tick(): void {
    now += 100;
    for (const job of jobs.values()) {
      for (const target of namesOf(job)) {
        const end = decide(target, now);
        if (end === undefined) continue;
        const [status, error] = end.error === undefined ? [200, ''] : [0, `"${end.error}"`];
        const line = `${BigInt(now) * 1_000_000n},${status},${Math.round(end.latency * 1e6)},0,0,${error},,`;
        logs.set(target, [...(logs.get(target) ?? []), line]);
      }
    }
    for (const wake of waiting.splice(0)) wake();
  }

  const cluster = {
    name: 'dev',
    async create(object: KubernetesObject) {
      const made = { ...object, metadata: { ...object.metadata, uid: `uid-${object.metadata.name}` } };
      jobs.set(object.metadata.name, made);
      logs.clear();
      return { created: true, object: made } as const;
    },
    async list({ kind }: { kind: string }, { labelSelector }: { labelSelector?: string } = {}) {
      if (kind === 'Pod' && labelSelector === undefined) return { resourceVersion: '1', items: [proxiedPod('a')] };
      const items = kind === 'Job' ? [...jobs.values()] : kind === 'Pod' ? [...jobs.values()].map(podOf) : [];
      return { resourceVersion: '1', items };
    },
    async get() {
      const [job] = jobs.values();
      return job && podOf(job);
    },
    async delete({ name }: { name: string }) {
      return jobs.delete(name);
    },
    async *log({ container }: { container: string }, signal: AbortSignal) {
      let isOpen = true;
      const close = () => {
        isOpen = false;
        for (const wake of waiting.splice(0)) wake();
      };
      streams.push(close);
      signal.addEventListener('abort', close);
      if (jobs.size === 0) throw new DeliveryError('no such pod', { code: 'LogUnavailable', retryable: true });
      for (let index = 0; isOpen; ) {
        const line = logs.get(container)?.[index];
        if (line === undefined) await new Promise<void>((resolve) => waiting.push(resolve));
        else {
          index += 1;
          yield line;
        }
      }
    },
  };

  function podOf(job: KubernetesObject): KubernetesObject {
    const { namespace = '' } = job.metadata;
    const containers = namesOf(job).map((name) => ({ name }));
    const metadata = { name: `${job.metadata.name}-x`, namespace };
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers }, status: status(namesOf(job)) };
  }

  return {
    cluster: cluster as unknown as Cluster,
    clock: {
      now: () => new Date(now),
      monotonic: () => now,
      async sleep(milliseconds, signal) {
        // Several may sleep at once: the clock goes on for all of them.
        for (const until = now + milliseconds; now < until; ) {
          signal?.throwIfAborted();
          tick();
          // Whoever reads a log has read it before the next line is printed.
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    },
    jobs: () => [...jobs.keys()],
    ends(next) {
      decide = next;
    },
    cut() {
      for (const close of streams.splice(0)) close();
    },
    podStatus(next) {
      status = () => next;
    },
  };
}

function namesOf({ spec }: KubernetesObject): string[] {
  const { template } = spec as { template: { spec: { containers: { name: string }[] } } };
  return template.spec.containers.map(({ name }) => name);
}

function running(names: string[]): Record<string, unknown> {
  return { containerStatuses: names.map((name) => ({ name, ready: true, state: { running: {} } })) };
}
