import { describe, expect, test } from 'vitest';
import { podTrouble } from '../../src/apply/explain.ts';
import { readiness } from '../../src/apply/readiness.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { deployment } from '../support/objects.ts';

const full = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

function of(kind: string, content: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', generation: 1 }, ...content };
}

describe('readiness', () => {
  test.each<[string, KubernetesObject, string]>([
    ['a Deployment with all replicas', deployment({ spec: { replicas: 2 }, status: full }), 'ready'],
    [
      'a Deployment that is scaled to nothing',
      deployment({ spec: { replicas: 0 }, status: { observedGeneration: 1 } }),
      'ready',
    ],
    [
      'a StatefulSet with all replicas',
      of('StatefulSet', { spec: { replicas: 1 }, status: { replicas: 1, readyReplicas: 1, updatedReplicas: 1 } }),
      'ready',
    ],
    [
      'a DaemonSet on all nodes',
      of('DaemonSet', {
        spec: {},
        status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
      }),
      'ready',
    ],
    ['an object without a status', of('ConfigMap', {}), 'ready'],
    [
      'an established definition',
      of('CustomResourceDefinition', { status: { conditions: [{ type: 'Established', status: 'True' }] } }),
      'ready',
    ],
    [
      'a webhook with its CA bundle',
      of('MutatingWebhookConfiguration', { webhooks: [{ name: 'w', clientConfig: { caBundle: 'Q0E=' } }] }),
      'ready',
    ],
  ])('%s is ready', (_name, object, kind) => {
    expect(readiness(object).kind).toBe(kind);
  });

  test.each<[string, KubernetesObject, RegExp]>([
    ['a Deployment that nobody has seen', deployment({ spec: { replicas: 2 } }), /not seen it yet/],
    [
      'an outdated status',
      deployment({ metadata: { name: 'd', generation: 2 }, spec: {}, status: full }),
      /latest change/,
    ],
    ['too few replicas', deployment({ spec: { replicas: 3 }, status: full }), /2 of 3 replicas created/],
    [
      'replicas that cannot be created',
      deployment({
        spec: { replicas: 3 },
        status: { ...full, conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] },
      }),
      /exceeded quota/,
    ],
    [
      'old replicas that stay',
      deployment({ spec: { replicas: 1 }, status: { ...full, updatedReplicas: 1 } }),
      /1 old replicas/,
    ],
    [
      'replicas that are not ready',
      deployment({ spec: { replicas: 2 }, status: { ...full, readyReplicas: 1 } }),
      /1 of 2 replicas ready/,
    ],
    [
      'a webhook without its CA bundle',
      of('ValidatingWebhookConfiguration', { webhooks: [{ name: 'w', clientConfig: {} }] }),
      /has not put its CA bundle into webhook w/,
    ],
    [
      'an object on its way out',
      of('ConfigMap', { metadata: { name: 'x', deletionTimestamp: 'now' } }),
      /being deleted/,
    ],
    [
      'a Ready condition that is not true',
      of('Gateway', { status: { conditions: [{ type: 'Ready', status: 'False', message: 'no address' }] } }),
      /no address/,
    ],
  ])('%s is progressing', (_name, object, reason) => {
    expect(readiness(object)).toMatchObject({ kind: 'progressing', reason: expect.stringMatching(reason) });
  });

  test.each<[string, number, string | undefined]>([
    ['wants no more than there are', 2, undefined],
    ['wants more', 3, 'progressing'],
  ])('a workload of which somebody %s', (_name, atLeast, kind) => {
    const found = readiness(deployment({ spec: { replicas: 2 }, status: full }), { atLeast });
    expect(found.kind).toBe(kind ?? 'ready');
  });

  test.each(['Deployment', 'StatefulSet'])('a %s that is scaled to 0 and wanted fails at once', (kind) => {
    const none = of(kind, { spec: { replicas: 0 }, status: { observedGeneration: 1 } });
    expect(readiness(none, { atLeast: 2 })).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('scale it to 2'),
    });
  });

  test('a Deployment past its progress deadline has failed', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
    ];
    expect(readiness(deployment({ spec: { replicas: 2 }, status: { ...full, conditions } }))).toEqual({
      kind: 'failed',
      reason: 'timed out',
    });
  });
});

describe('podTrouble', () => {
  test.each<[string, Record<string, unknown>, string | undefined]>([
    [
      'an image that cannot be pulled',
      {
        containerStatuses: [
          { name: 'a', ready: false, state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
        ],
      },
      'container a waits: ImagePullBackOff, no such image',
    ],
    [
      'a crash loop',
      {
        containerStatuses: [
          {
            name: 'a',
            ready: false,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { reason: 'Error', exitCode: 2 } },
          },
        ],
      },
      'container a waits: CrashLoopBackOff, ended before with Error (exit code 2)',
    ],
    [
      'no room on any node',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
      'PodScheduled: 0/3 nodes',
    ],
    [
      'a probe that fails',
      { containerStatuses: [{ name: 'a', ready: false, state: { running: {} } }] },
      'container a is not ready',
    ],
    ['nothing at all', { containerStatuses: [{ name: 'a', ready: true, state: { running: {} } }] }, undefined],
  ])('names %s', (_name, status, reason) => {
    expect(podTrouble(of('Pod', { status }))).toBe(reason);
  });
});
