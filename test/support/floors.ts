import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const pods = { apiVersion: 'v1', kind: 'Pod' };

/** Fewest ready pods with each label `app` at any moment, by the API server's own events, until `stop`. */
export async function watchFloors(cluster: Cluster, namespace: string) {
  const end = new AbortController();
  const { items, resourceVersion } = await cluster.list(pods, { namespace });
  const live = new Map(items.map((pod) => [pod.metadata.name, pod]));
  const floors = new Map<string, number>();

  function note(): void {
    const ready = new Map([...floors.keys()].map((app) => [app, 0]));
    for (const pod of live.values()) {
      const app = pod.metadata.labels?.app;
      if (app !== undefined) ready.set(app, (ready.get(app) ?? 0) + (isReady(pod) ? 1 : 0));
    }
    for (const [app, count] of ready) floors.set(app, Math.min(floors.get(app) ?? count, count));
  }

  note();
  const watching = (async () => {
    for await (const event of cluster.watch(pods, { namespace, resourceVersion }, end.signal)) {
      if (event.kind === 'bookmark') continue;
      if (event.kind === 'deleted') live.delete(event.object.metadata.name);
      else live.set(event.object.metadata.name, event.object);
      note();
    }
  })();
  return {
    async stop(): Promise<Map<string, number>> {
      end.abort();
      await watching;
      return floors;
    },
  };
}

/** Whether the pod takes traffic: ready, and not on its way out. */
export function isReady({ metadata, status }: KubernetesObject): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  const ready = conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready && metadata.deletionTimestamp === undefined;
}
