import { afterEach, describe, expect, test } from 'vitest';
import type { Fault, PodFault } from '../../../src/local/fault.ts';
import type { Pod } from '../../../src/local/pod.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { Story } from '../../support/story.ts';
import { apply, isReady, namespace, workload } from './workloads.ts';

const podType = { apiVersion: 'v1', kind: 'Pod' };

function readiness(pod: Pod): string | undefined {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** Watches the pods of the namespace that are created from now on. */
async function watchNewPods(cluster: Cluster, signal: AbortSignal) {
  const { items, resourceVersion } = await cluster.list(podType, { namespace });
  const old = new Set(items.map(({ metadata }) => metadata.uid));
  const seen = new Map<string, Set<string | undefined>>();
  const over = (async () => {
    for await (const event of cluster.watch(podType, { namespace, resourceVersion }, signal)) {
      if (event.kind === 'bookmark' || old.has(event.object.metadata.uid)) continue;
      const { name } = event.object.metadata;
      seen.set(name, (seen.get(name) ?? new Set()).add(readiness(event.object as Pod)));
    }
  })();
  return { seen, over };
}

export function podFaults(story: () => Story): void {
  describe('pods', () => {
    const faults = (...list: Fault[]) => story().embedded.faults('dev', ...list);
    const web = (change: string) => workload('Deployment', 'web', change);

    afterEach(() => faults());

    test.each<[PodFault['failure'], RegExp]>([
      ['never-ready', /pod web-\S+: container main is not ready/],
      ['crash-loop', /container main waits: CrashLoopBackOff, .*ended before with Error \(exit code 1, 3 restarts\)/],
      ['cannot-pull', /container main waits: ImagePullBackOff, Back-off pulling image "registry.example\/main:1"/],
    ])(
      '%s: none that is new is ever seen ready, its workload names the cause, and they recover',
      async (failure, cause) => {
        const { cluster } = story();
        const stop = new AbortController();
        await faults({ kind: 'pod', namespace, name: 'web', failure });
        const { seen, over } = await watchNewPods(cluster, stop.signal);
        await apply(cluster, web(failure));
        await expect(isReady(cluster, web(failure), 1500)).rejects.toThrow(cause);
        stop.abort();
        await over;
        expect(seen.size).toBe(1);
        expect([...seen.values()].flatMap((states) => [...states])).not.toContain('True');
        const { items } = await cluster.list(podType, { namespace, labelSelector: 'app=web' });
        const old = (items as Pod[]).filter(({ metadata }) => !seen.has(metadata.name));
        expect(old.map(readiness)).toEqual(['True', 'True']);
        await faults();
        await isReady(cluster, web(failure));
      },
    );

    test('of other workloads and revisions are spared', async () => {
      await faults(
        { kind: 'pod', namespace, name: 'other', failure: 'never-ready' },
        { kind: 'pod', revision: 'another', failure: 'never-ready' },
      );
      await apply(story().cluster, web('spared'));
      await isReady(story().cluster, web('spared'));
    });
  });
}
