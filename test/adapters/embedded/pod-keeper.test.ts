import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { keepPods } from '../../../src/adapters/embedded/pod-keeper.ts';
import type { Fault } from '../../../src/local/fault.ts';
import type { Pod } from '../../../src/local/pod.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { makeIstiodPod, makePod } from '../../support/pods.ts';

/** A keeper, with what it applied: `web-1 True`. */
function keeper(faults: Fault[] = []) {
  const applied: string[] = [];
  const failures: Error[] = [];
  const cluster = {
    async applyStatus({ metadata, status }: KubernetesObject) {
      const failure = failures.shift();
      if (failure) throw failure;
      const { conditions } = status as { conditions: { type: string; status: string }[] };
      applied.push(`${metadata.name} ${conditions.find(({ type }) => type === 'Ready')?.status}`);
      return true;
    },
  } as unknown as Cluster;
  return { ...keepPods({ cluster, clock: systemClock, faults: () => faults }), applied, failures };
}

function created(name: string, resourceVersion = '1'): Pod {
  const pod = makePod({ name, phase: 'Pending' });
  return { ...pod, metadata: { ...pod.metadata, resourceVersion } };
}

function ready(name: string): Pod {
  const pod = makePod({ name });
  return { ...pod, status: { ...pod.status, conditions: [{ type: 'Ready', status: 'True' }] } };
}

describe('keepPods', () => {
  test('makes new pods ready, those with a fault not, and leaves istiods to their processes', async () => {
    const { reconcile, applied } = keeper([{ kind: 'pod', name: 'bad', failure: 'crash-loop' }]);
    await reconcile([created('web-1'), created('bad-1'), makeIstiodPod({ phase: 'Pending' }), ready('old-1')]);
    expect(applied).toEqual(['web-1 True', 'bad-1 False']);
  });

  test('says it once of each state of a pod', async () => {
    const { reconcile, applied } = keeper();
    await reconcile([created('web-1')]);
    await reconcile([created('web-1')]);
    expect(applied).toEqual(['web-1 True']);
    await reconcile([created('web-1', '2')]);
    expect(applied).toEqual(['web-1 True', 'web-1 True']);
  });

  test('says it again after it failed', async () => {
    const { reconcile, applied, failures } = keeper();
    failures.push(new Error('no answer'));
    await expect(reconcile([created('web-1')])).rejects.toThrow('no answer');
    await reconcile([created('web-1')]);
    expect(applied).toEqual(['web-1 True']);
  });

  test('takes readiness from the pods of a node that is gone, istiods too, and starts none there', async () => {
    const { reconcile, applied } = keeper([{ kind: 'node', name: 'node-0', failure: 'gone' }]);
    const istiod = makeIstiodPod();
    istiod.status = { ...istiod.status, conditions: [{ type: 'Ready', status: 'True' }] };
    const elsewhere = created('web-3');
    elsewhere.spec.nodeName = 'node-1';
    await reconcile([ready('web-1'), created('web-2'), istiod, elsewhere]);
    expect(applied).toEqual(['web-1 False', 'istiod-1-31-0-abc-1 False', 'web-3 True']);
  });
});
