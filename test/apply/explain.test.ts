import { describe, expect, test } from 'vitest';
import { explainWorkload, podTrouble } from '../../src/apply/explain.ts';
import type { Cluster, ListOptions, ObjectType } from '../../src/ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId, objectKey } from '../../src/ports/objects.ts';

const namespace = 'shop';
const id: ObjectId = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };

function object(kind: string, name: string, fields: Record<string, unknown> = {}): KubernetesObject {
  const { metadata, ...rest } = fields as { metadata?: object };
  const isCore = ['Pod', 'Event', 'Node'].includes(kind);
  return {
    apiVersion: isCore ? 'v1' : 'apps/v1',
    kind,
    metadata: { name, uid: `uid-${name}`, ...(kind === 'Node' ? {} : { namespace }), ...metadata },
    ...rest,
  };
}

function workload(kind: string, fields: Record<string, unknown> = {}): KubernetesObject {
  return object(kind, 'web', { spec: { selector: { matchLabels: { app: 'web' } } }, ...fields });
}

/** A ReplicaSet of a Deployment, by the Deployment's UID `uid-<name>`. */
function setOf(name: string, owner: string): KubernetesObject {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: `uid-${owner}`, controller: true };
  return object('ReplicaSet', name, { metadata: { ownerReferences: [reference] } });
}

/** A pod of a ReplicaSet; of none where there is no name. */
function podOf(set: string, name: string, fields: Record<string, unknown> = {}): KubernetesObject {
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: `uid-${set}`, controller: true };
  return object('Pod', name, { metadata: { ownerReferences: set === '' ? [] : [reference] }, ...fields });
}

const readyPod = podOf('web-abc', 'web-1', { status: { conditions: [{ type: 'Ready', status: 'True' }] } });

function warning(name: string, uid: string, fields: Record<string, unknown> = {}): KubernetesObject {
  return object('Event', name, { type: 'Warning', reason: 'FailedCreate', involvedObject: { uid }, ...fields });
}

/** A cluster in which these objects are. */
function clusterOf(...objects: KubernetesObject[]): Cluster {
  return {
    get: async (wanted: ObjectId) => objects.find((one) => objectKey(objectId(one)) === objectKey(wanted)),
    list: async ({ kind }: ObjectType, options: ListOptions) => {
      expect(options.namespace).toBe(namespace);
      return { items: objects.filter((one) => one.kind === kind), resourceVersion: '1' };
    },
  } as unknown as Cluster;
}

describe('explainWorkload', () => {
  test('says why pods cannot be created where the workload has a condition for it', async () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: full' }];
    expect(await explainWorkload(clusterOf(workload('Deployment', { status: { conditions } }), readyPod), id)).toBe(
      'its pods cannot be created: exceeded quota: full',
    );
  });

  test('says why pods cannot be created now where the condition keeps another cause', async () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'pods "web-abc" is forbidden: quota' }];
    const set = setOf('web-abc', 'web');
    const explained = (message: string) =>
      explainWorkload(
        clusterOf(
          workload('Deployment', { status: { conditions } }),
          set,
          warning('last', 'uid-web-abc', { message, lastTimestamp: '2026-11-23T20:05:00Z' }),
        ),
        id,
      );
    expect(await explained('Error creating: failed calling webhook')).toBe(
      'its pods cannot be created: Error creating: failed calling webhook',
    );
    expect(await explained('Error creating: pods "web-xyz" is forbidden: quota')).toBe(
      'its pods cannot be created: pods "web-abc" is forbidden: quota',
    );
  });

  test('says nothing of warnings that are over', async () => {
    const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const cluster = clusterOf(
      workload('StatefulSet', { status }),
      warning('last', 'uid-web', { message: 'webhook refused', lastTimestamp: '2026-11-23T20:05:00Z' }),
    );
    expect(await explainWorkload(cluster, { ...id, kind: 'StatefulSet' })).toBeUndefined();
  });

  test('names the first pod of its own that is in trouble', async () => {
    const status = { containerStatuses: [{ name: 'main', ready: false, state: { running: {} } }] };
    const others = [podOf('', 'bare', { status }), podOf('twin-abc', 'twin-1', { status })];
    const sets = [setOf('web-abc', 'web'), setOf('twin-abc', 'twin')];
    const pods = [readyPod, podOf('web-abc', 'web-2', { status })];
    const cluster = clusterOf(workload('Deployment'), ...sets, ...others, ...pods);
    expect(await explainWorkload(cluster, id)).toBe('pod web-2: container main is not ready');
  });

  test.each<[string, KubernetesObject[], string | undefined]>([
    [
      'is silent',
      [
        object('Node', 'node-0', {
          status: { conditions: [{ type: 'Ready', status: 'Unknown', message: 'Kubelet stopped posting.' }] },
        }),
      ],
      'pod web-1: its node node-0 is not ready: Kubelet stopped posting.',
    ],
    ['was deleted', [], 'pod web-1: its node node-0 is gone'],
    ['is well', [object('Node', 'node-0', { status: { conditions: [{ type: 'Ready', status: 'True' }] } })], undefined],
  ])('names the node of an unready pod when it %s', async (_name, nodes, reason) => {
    const pod = podOf('web-abc', 'web-1', {
      spec: { nodeName: 'node-0' },
      status: {
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ name: 'main', ready: true, state: { running: {} } }],
      },
    });
    expect(await explainWorkload(clusterOf(workload('Deployment'), setOf('web-abc', 'web'), pod, ...nodes), id)).toBe(
      reason,
    );
  });

  test.each(['StatefulSet', 'DaemonSet'])('gives the last warning about a %s that has no pods', async (kind) => {
    const cluster = clusterOf(
      workload(kind),
      warning('first', 'uid-web', { message: 'earlier', lastTimestamp: '2026-11-23T20:00:00Z' }),
      warning('last', 'uid-web', { message: 'webhook refused', lastTimestamp: '2026-11-23T20:05:00Z' }),
      warning('series', 'uid-web', {
        message: 'long ago',
        lastTimestamp: null,
        eventTime: '2026-11-23T19:00:00.000000Z',
        series: { lastObservedTime: '2026-11-23T20:01:00.000000Z' },
      }),
      warning('others', 'uid-other', { message: 'of another', lastTimestamp: '2026-11-23T21:00:00Z' }),
      { ...warning('normal', 'uid-web', { lastTimestamp: '2026-11-23T21:00:00Z' }), type: 'Normal' },
    );
    expect(await explainWorkload(cluster, { ...id, kind })).toBe('FailedCreate: webhook refused');
  });

  test('gives the warning about a ReplicaSet of a Deployment, not about one of another', async () => {
    const cluster = clusterOf(
      workload('Deployment'),
      setOf('web-abc', 'web'),
      setOf('twin-abc', 'twin'),
      warning('a', 'uid-web-abc', { message: 'quota', lastTimestamp: '2026-11-23T20:00:00Z' }),
      warning('b', 'uid-twin-abc', { message: 'of the twin', lastTimestamp: '2026-11-23T20:05:00Z' }),
    );
    expect(await explainWorkload(cluster, id)).toBe('FailedCreate: quota');
  });

  test.each<[string, KubernetesObject[]]>([
    ['is not there', []],
    ['has no selector', [object('Deployment', 'web', { spec: {} })]],
    ['is well', [workload('Deployment'), readyPod]],
  ])('says nothing of a workload that %s', async (_name, objects) => {
    expect(await explainWorkload(clusterOf(...objects), id)).toBeUndefined();
  });
});

describe('podTrouble', () => {
  test('names the container that holds the others up', () => {
    const waiting = (reason: string) => ({ ready: false, state: { waiting: { reason } } });
    const status = {
      initContainerStatuses: [{ name: 'init', ...waiting('PodInitializing') }],
      containerStatuses: [
        { name: 'proxy', ...waiting('ContainerCreating') },
        { name: 'main', ...waiting('ImagePullBackOff') },
      ],
    };
    expect(podTrouble(object('Pod', 'web-1', { status }))).toBe('container main waits: ImagePullBackOff');
    const queued = { containerStatuses: [{ name: 'proxy', ...waiting('ContainerCreating') }] };
    expect(podTrouble(object('Pod', 'web-1', { status: queued }))).toBe('container proxy waits: ContainerCreating');
  });

  test('says how a container ended that was started again and again', () => {
    const lastState = { terminated: { reason: 'Error', exitCode: 137 } };
    const container = { name: 'main', ready: false, restartCount: 2, state: { running: {} }, lastState };
    expect(podTrouble(object('Pod', 'web-1', { status: { containerStatuses: [container] } }))).toBe(
      'container main is not ready, ended before with Error (exit code 137, 2 restarts)',
    );
    const once = { ...container, restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } };
    expect(podTrouble(object('Pod', 'web-1', { status: { containerStatuses: [once] } }))).toBe(
      'container main waits: CrashLoopBackOff, ended before with Error (exit code 137, 1 restart)',
    );
  });
});
