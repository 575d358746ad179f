import { describe, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { group, type Labels, meshFacts, object, pod, workload } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

const name = 'Deployment shop/web';

function budget(path: string, spec: object): KubernetesObject {
  return object('policy/v1', 'PodDisruptionBudget', path, { spec });
}

function forApp(path: string, demand: object, matchLabels: Labels = { app: 'web' }): KubernetesObject {
  return budget(path, { ...demand, selector: { matchLabels } });
}

const unavailable = (maxUnavailable: number | string) => ({ strategy: { rollingUpdate: { maxUnavailable } } });

/** The mesh with these workloads in `shop`, each with one pod that has a proxy. */
function shop(...workloads: KubernetesObject[]): Partial<MeshFacts> {
  return {
    workloads,
    pods: workloads.map(({ kind, metadata: { name } }) =>
      pod(`shop/${name}-1`, { labels: { app: name }, owner: { kind, name } }),
    ),
  };
}

describe('rollout-floor', () => {
  const tight = workload('shop/web', { spec: unavailable(1) });

  test.each<Case>([
    ['a workload without a budget', shop(tight)],
    ['a floor that the budget allows', { ...shop(tight), budgets: [forApp('shop/web', { minAvailable: 2 })] }],
    [
      'one that adds a pod first',
      { ...shop(workload('shop/web')), budgets: [forApp('shop/web', { minAvailable: '100%' })] },
    ],
    ['a budget of another namespace', { ...shop(tight), budgets: [forApp('payments/web', { minAvailable: 3 })] }],
    ['a budget of other pods', { ...shop(tight), budgets: [forApp('shop/db', { minAvailable: 3 }, { app: 'db' })] }],
    ['a budget that selects nothing', { ...shop(tight), budgets: [budget('shop/web', { minAvailable: 3 })] }],
    [
      'a workload that does not move',
      {
        ...shop(tight),
        pods: [pod('shop/web-1', { revision: null })],
        budgets: [forApp('shop/web', { minAvailable: 3 })],
      },
    ],
    [
      'one that recreates, which has a check of its own',
      {
        ...shop(workload('shop/web', { spec: { strategy: { type: 'Recreate' } } })),
        budgets: [forApp('shop/web', { minAvailable: 3 })],
      },
    ],
    [
      'one replica that need not be available',
      { ...shop(workload('shop/web', { replicas: 1 })), budgets: [forApp('shop/web', { maxUnavailable: 1 })] },
    ],
    [
      'workloads that share a budget and roll one after the other',
      {
        ...shop(tight, workload('shop/api', { spec: unavailable(1) })),
        budgets: [budget('shop/all', { maxUnavailable: 1, selector: {} })],
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('rollout-floor', facts, []));

  test.each<[...Case, Found[]]>([
    [
      'a floor below a number',
      { ...shop(tight), budgets: [forApp('shop/pdb', { minAvailable: 3 })] },
      [['fail', name, /may leave 2 of 3 pods, and PodDisruptionBudget shop\/pdb demands 3/]],
    ],
    [
      'a floor below a percentage, rounded up',
      {
        ...shop(workload('shop/web', { spec: unavailable('67%') })),
        budgets: [forApp('shop/pdb', { minAvailable: '34%' })],
      },
      [['fail', name, /may leave 1 of 3 pods, .* demands 2/]],
    ],
    [
      'each of several budgets that it breaks',
      {
        ...shop(tight),
        budgets: [
          forApp('shop/a', { minAvailable: 3 }),
          forApp('shop/b', { minAvailable: 2 }),
          budget('shop/c', { maxUnavailable: 0, selector: {} }),
        ],
      },
      [
        ['fail', name, /PodDisruptionBudget shop\/a demands 3/],
        ['fail', name, /PodDisruptionBudget shop\/c demands 3/],
      ],
    ],
    [
      'a StatefulSet that cannot add a pod first',
      {
        ...shop(workload('shop/web', { kind: 'StatefulSet', replicas: 2 })),
        budgets: [forApp('shop/pdb', { minAvailable: 2 })],
      },
      [['fail', 'StatefulSet shop/web', /may leave 1 of 2 pods/]],
    ],
    [
      'workloads that share a budget and roll at once',
      {
        ...shop(tight, workload('shop/api', { spec: unavailable(1) })),
        policy: { ...meshFacts().policy, groups: [group('main', { namespaces: ['shop'], batch: 2 })] },
        budgets: [budget('shop/all', { maxUnavailable: 1, selector: {} })],
      },
      [
        ['fail', name, /may leave 4 of 6 pods, .* demands 5/],
        ['fail', 'Deployment shop/api', /may leave 4 of 6 pods/],
      ],
    ],
    [
      'one replica that only a surge keeps served',
      { ...shop(workload('shop/web', { replicas: 1 })), budgets: [forApp('shop/pdb', { minAvailable: 1 })] },
      [['warn', name, /has one replica, which PodDisruptionBudget shop\/pdb protects/]],
    ],
    [
      'one replica without a surge',
      {
        ...shop(
          workload('shop/web', {
            replicas: 1,
            spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
          }),
        ),
        budgets: [forApp('shop/pdb', { minAvailable: 1 })],
      },
      [['fail', name, /may leave 0 of 1 pods/]],
    ],
  ])('names %s', (_name, facts, found) => expectFound('rollout-floor', facts, found));
});

describe('recreate', () => {
  const recreating = workload('shop/web', { spec: { strategy: { type: 'Recreate' } } });

  test.each<Case>([
    ['rolling updates', {}],
    ['a workload without proxies', { workloads: [recreating], pods: [pod('shop/web-1', { revision: null })] }],
    [
      'a workload of no group',
      {
        workloads: [workload('default/web', { spec: { strategy: { type: 'Recreate' } } })],
        pods: [pod('default/web-1')],
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('recreate', facts, []));

  const outside = workload('shop/web', {
    spec: { strategy: { type: 'Recreate' } },
    template: { labels: { 'sidecar.istio.io/inject': 'false' } },
  });
  const webPods = (...owners: (Parameters<typeof pod>[1] & object)['owner'][]) =>
    owners.map((owner, index) => pod(`shop/web-${index}`, owner === undefined ? {} : { owner }));
  const api = workload('shop/api', { template: { labels: { app: 'web' } } });

  test.each<[string, KubernetesObject[], KubernetesObject[]]>([
    ['a Job', [outside], webPods({ kind: 'Job', name: 'web' })],
    ['nobody', [outside], webPods(null)],
    ['a ReplicaSet without a Deployment', [outside], webPods({ kind: 'ReplicaSet', name: 'by-hand' })],
    ['another Deployment', [outside, api], webPods({ kind: 'Deployment', name: 'api' })],
    ['a StatefulSet of its name', [outside], webPods({ kind: 'StatefulSet', name: 'web' })],
  ])('lets a Deployment without proxies pass whose selector selects pods of %s', (_name, workloads, pods) => {
    expectFound('recreate', { workloads, pods }, []);
    expectFound('workload-unready', { workloads, pods }, []);
  });

  test.each<[string, KubernetesObject]>([
    ['opts out by now, with proxies in its pods still', outside],
    ['is paused', workload('shop/web', { spec: { strategy: { type: 'Recreate' }, paused: true } })],
    [
      'pins another revision',
      workload('shop/web', { spec: { strategy: { type: 'Recreate' } }, template: { labels: { 'istio.io/rev': 'x' } } }),
    ],
  ])('lets one pass that the move leaves alone: it %s', (_name, left) => expectFound('recreate', shop(left), []));

  test('names a Deployment that takes all its pods down first', () => {
    expectFound('recreate', shop(recreating), [['fail', name, /its strategy is Recreate/]]);
  });
});

describe('on-delete', () => {
  test('lets what replaces its pods itself pass', () => {
    expectFound('on-delete', shop(workload('shop/db', { kind: 'StatefulSet' })), []);
  });

  test.each(['StatefulSet', 'DaemonSet'] as const)('names a %s that waits for deletions', (kind) => {
    const facts = shop(workload('shop/db', { kind, spec: { updateStrategy: { type: 'OnDelete' } } }));
    expectFound('on-delete', facts, [['warn', `${kind} shop/db`, /its update strategy is OnDelete/]]);
  });
});

describe('paused', () => {
  const partitioned = (partition: number) =>
    shop(workload('shop/db', { kind: 'StatefulSet', spec: { updateStrategy: { rollingUpdate: { partition } } } }));

  test.each<Case>([
    ['rollouts that go', {}],
    ['a StatefulSet without a partition', partitioned(0)],
  ])('lets %s pass', (_name, facts) => expectFound('paused', facts, []));

  test.each<[...Case, Found]>([
    ['a Deployment', shop(workload('shop/web', { spec: { paused: true } })), ['warn', name, /its rollout is paused/]],
    [
      'an Argo Rollout',
      shop(workload('shop/web', { kind: 'Rollout', spec: { paused: true } })),
      ['warn', 'Rollout shop/web', /is paused/],
    ],
    ['a StatefulSet with a partition', partitioned(2), ['warn', 'StatefulSet shop/db', /keeps 2 of its pods/]],
    [
      'a StatefulSet with a partition beyond its pods',
      partitioned(9),
      ['warn', 'StatefulSet shop/db', /keeps 3 of its pods/],
    ],
  ])('names %s', (_name, facts, found) => expectFound('paused', facts, [found]));
});

describe('workload-unready', () => {
  const late = { status: { readyReplicas: 1 } };

  test.each<Case>([
    ['ready workloads', {}],
    ['one that is scaled to nothing', { workloads: [workload('shop/web', { replicas: 0 })], pods: [] }],
    [
      'one whose pods have no proxy',
      { workloads: [workload('shop/web', late)], pods: [pod('shop/web-1', { revision: null })] },
    ],
    [
      'one without pods that wants no proxy',
      {
        workloads: [
          workload('shop/web', {
            status: { replicas: 0 },
            template: { annotations: { 'sidecar.istio.io/inject': 'false' } },
          }),
        ],
        pods: [],
      },
    ],
    ['a healthy Argo Rollout', shop(workload('shop/web', { kind: 'Rollout', status: { phase: 'Healthy' } }))],
  ])('lets %s pass', (_name, facts) => expectFound('workload-unready', facts, []));

  test.each<[...Case, Found]>([
    ['one whose pods are not all ready', shop(workload('shop/web', late)), ['fail', name, /1 of 3 replicas ready/]],
    [
      'one that has no pods yet',
      { workloads: [workload('shop/web', { status: { replicas: 0 } })], pods: [] },
      ['fail', name, /0 of 3 replicas created/],
    ],
    [
      'a degraded Argo Rollout',
      shop(workload('shop/web', { kind: 'Rollout', status: { phase: 'Degraded', message: 'it timed out' } })),
      ['fail', 'Rollout shop/web', /it timed out/],
    ],
  ])('names %s', (_name, facts, found) => expectFound('workload-unready', facts, [found]));
});
