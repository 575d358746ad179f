import { describe, expect, test } from 'vitest';
import { objectId, objectKey } from '../../../src/ports/objects.ts';
import { usesIn } from '../../../src/upgrade/retirement/prove-unused.ts';
import type { RevisionFacts } from '../../../src/upgrade/retirement/revision-facts.ts';
import type { RevisionUse } from '../../../src/upgrade/retirement/revision-use.ts';
import { injectedPod, istiodService, named, ownedBy, tag, webhooks } from '../../support/mesh-objects.ts';

const nothing: RevisionFacts = {
  namespace: 'istio-system',
  pods: [],
  replicaSets: [],
  namespaces: [],
  templates: [],
  gateways: [],
  mutating: [],
  validating: [],
  services: [],
  connected: { kind: 'known', proxies: [] },
  remoteClusters: [],
};

const revisionLabel = (value: string) => ({ 'istio.io/rev': value });
const deployment = (name: string, label?: string) =>
  named('apps/v1 Deployment', name, {
    spec: { template: { metadata: { labels: label === undefined ? {} : revisionLabel(label) } } },
  });
const gateway = (labels: Record<string, string>) =>
  named('gateway.networking.k8s.io/v1 Gateway', 'shop/public', { labels });
const daemonSet = (annotations: Record<string, string>) =>
  named('apps/v1 DaemonSet', 'istio-system/ztunnel', { spec: { template: { metadata: { annotations } } } });
const proxy = (pod: string) => ({ pod, namespace: 'shop', version: '1.31.0', synced: true });

function uses(facts: Partial<RevisionFacts>, leaving: Parameters<typeof objectId>[0][] = []): RevisionUse[] {
  const keys = new Set(leaving.map((object) => objectKey(objectId(object))));
  return usesIn({ ...nothing, ...facts }, { revision: 'old', leaving: keys });
}

function short(facts: Partial<RevisionFacts>, leaving: Parameters<typeof objectId>[0][] = []): string[] {
  return uses(facts, leaving).map(({ proof, object, reason }) => `${proof}: ${object} ${reason}`);
}

const terminating = () => {
  const pod = injectedPod('old', 'shop/web');
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-11-23T10:00:00Z' } };
};

describe('what uses a revision', () => {
  test.each<[string, Partial<RevisionFacts>, string[]]>([
    [
      'pods, counted by their owner',
      { pods: [injectedPod('old', 'shop/web'), injectedPod('old', 'shop/web'), injectedPod('new', 'shop/other')] },
      ['pods: Deployment shop/web has 2 pods with a proxy of revision old'],
    ],
    [
      'a bare pod',
      {
        pods: [
          named('Pod', 'shop/debug', {
            annotations: revisionLabel('old'),
            spec: { containers: [{ name: 'istio-proxy' }] },
          }),
        ],
      },
      ['pods: Pod shop/debug has a proxy of revision old'],
    ],
    [
      'a namespace with the revision itself',
      { namespaces: [named('Namespace', 'shop', { labels: revisionLabel('old') })] },
      ['labels: Namespace shop is labelled with revision old'],
    ],
    [
      'a tag, and the namespaces that carry it',
      {
        mutating: [tag('prod', 'old'), tag('canary', 'new')],
        namespaces: ['prod', 'canary'].map((name) => named('Namespace', `of-${name}`, { labels: revisionLabel(name) })),
      },
      [
        'tags: tag prod points at revision old',
        'labels: Namespace of-prod is labelled with tag prod, which points at revision old',
      ],
    ],
    [
      'namespaces of the default tag',
      {
        mutating: [tag('default', 'old')],
        namespaces: [named('Namespace', 'shop', { labels: { 'istio-injection': 'enabled', ...revisionLabel('new') } })],
      },
      [
        'tags: tag default points at revision old',
        'labels: Namespace shop has istio-injection=enabled: it is served by tag default, which points at revision old',
      ],
    ],
    [
      'pod templates',
      { templates: [deployment('shop/web', 'old'), deployment('shop/other', 'new'), deployment('shop/plain')] },
      ['labels: Deployment shop/web gives its pods the label of revision old'],
    ],
    [
      'the pod template of a CronJob',
      {
        templates: [
          named('batch/v1 CronJob', 'shop/sums', {
            spec: { jobTemplate: { spec: { template: { metadata: { labels: revisionLabel('old') } } } } },
          }),
        ],
      },
      ['labels: CronJob shop/sums gives its pods the label of revision old'],
    ],
    [
      'a Gateway of the Gateway API',
      { gateways: [gateway(revisionLabel('old'))] },
      ['gateways: Gateway shop/public is labelled with revision old'],
    ],
    [
      'a validating webhook',
      { validating: [webhooks('Validating', 'istiod-default-validator', 'istiod-old')] },
      ['webhooks: ValidatingWebhookConfiguration istiod-default-validator calls the istiod of revision old'],
    ],
    [
      'a webhook that calls it by another name',
      {
        mutating: [webhooks('Mutating', 'somebodys', 'alias')],
        services: [istiodService('alias', 'old')],
      },
      [
        'webhooks: MutatingWebhookConfiguration somebodys calls the istiod of revision old',
        'services: Service istio-system/alias selects pods of revision old',
      ],
    ],
    [
      "a tag's Service that was left behind",
      {
        mutating: [tag('prod', 'new')],
        services: [istiodService('istiod-revision-tag-prod', 'old', { 'istio.io/tag': 'prod' })],
      },
      ['services: Service istio-system/istiod-revision-tag-prod selects pods of revision old'],
    ],
    [
      "a gateway's Service",
      { services: [named('Service', 'istio-gateways/ingress', { spec: { selector: revisionLabel('old') } })] },
      ['services: Service istio-gateways/ingress selects pods of revision old'],
    ],
    [
      'a node agent, whose pods are no use of their own',
      {
        templates: [daemonSet(revisionLabel('old'))],
        pods: [
          ownedBy(injectedPod('old', 'istio-system/ztunnel'), {
            apiVersion: 'apps/v1',
            kind: 'DaemonSet',
            name: 'ztunnel',
          }),
        ],
      },
      ['node-agents: DaemonSet istio-system/ztunnel is annotated for revision old'],
    ],
    [
      'a pod that is ending and still connected',
      { pods: [terminating()], connected: { kind: 'known', proxies: [proxy('web-abc-3')] } },
      ['proxies: Pod shop/web-abc-3 is ending, and still connected to the istiod of revision old'],
    ],
    [
      'a pod of another revision that is connected to it',
      { pods: [injectedPod('new', 'shop/web')], connected: { kind: 'known', proxies: [proxy('web-abc-3')] } },
      ['proxies: Pod shop/web-abc-3 is connected to the istiod of revision old, though it is of revision new'],
    ],
    [
      'a virtual machine',
      { connected: { kind: 'known', proxies: [proxy('vm-1')] } },
      ['proxies: proxy shop/vm-1 is connected to the istiod of revision old and is no pod of this cluster'],
    ],
    [
      'a pod of a remote cluster',
      { connected: { kind: 'known', proxies: [proxy('web-1')] }, remoteClusters: ['west', 'east'] },
      [
        'remote-clusters: proxy shop/web-1 is connected to the istiod of revision old and is no pod of this cluster: it runs in a remote cluster (west, east) or outside Kubernetes',
      ],
    ],
    [
      'a Service that stands for an istiod elsewhere',
      { services: [named('Service', 'istio-system/istiod-old-remote', { labels: revisionLabel('old'), spec: {} })] },
      [
        'remote-clusters: Service istio-system/istiod-old-remote stands for an istiod of revision old in another cluster',
      ],
    ],
    [
      'an istiod that does not answer',
      { connected: { kind: 'unknown', reason: 'no answer' } },
      ['proxies: istiod of revision old does not say which proxies are connected to it: no answer'],
    ],
  ])('%s', (_name, facts, expected) => {
    expect(short(facts)).toEqual(expected);
  });

  test('is nothing that has ended, and nothing of another revision', () => {
    const pods = [
      injectedPod('old', 'shop/sums', { ended: true }),
      injectedPod('new', 'shop/web'),
      named('Pod', 'shop/x'),
    ];
    const facts = {
      pods,
      namespaces: [named('Namespace', 'shop', { labels: revisionLabel('prod') }), named('Namespace', 'plain')],
      mutating: [tag('prod', 'new'), tag('default', 'new')],
      services: [istiodService('istiod-new', 'new')],
      validating: [webhooks('Validating', 'istiod-default-validator', 'istiod-new')],
      templates: [daemonSet(revisionLabel('new'))],
      remoteClusters: ['west'],
    };
    expect(short(facts)).toEqual([]);
  });

  test('is nothing that goes with the revision: its webhooks, its gateways and their pods', () => {
    const injector = webhooks('Mutating', 'istio-sidecar-injector-old', 'istiod-old', revisionLabel('old'));
    const own = deployment('istio-gateways/ingress-old', 'old');
    const service = istiodService('istiod-old', 'old');
    const pod = injectedPod('old', 'istio-gateways/ingress-old');
    const facts = {
      mutating: [injector],
      templates: [own],
      services: [service],
      pods: [pod],
      connected: {
        kind: 'known' as const,
        proxies: [{ ...proxy(pod.metadata.name), namespace: 'istio-gateways' }],
      },
    };
    expect(short(facts, [injector, own, service])).toEqual([]);
    expect(short(facts)).toHaveLength(4);
  });

  test('is a tag that goes with the revision while a namespace carries it, wherever it points', () => {
    const legacy = tag('legacy', 'new');
    const namespaces = [named('Namespace', 'shop', { labels: revisionLabel('legacy') })];
    expect(short({ mutating: [legacy], namespaces }, [legacy])).toEqual([
      'labels: Namespace shop is labelled with tag legacy, which goes with revision old',
    ]);
    expect(short({ mutating: [legacy] }, [legacy])).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['OnDelete', { updateStrategy: { type: 'OnDelete' } }, 'delete its pods, one after the other'],
    ['paused', { paused: true }, 'resume it, and restart it if that changes nothing'],
    ['partition', { updateStrategy: { rollingUpdate: { partition: 2 } } }, 'set the partition to 0 and restart it'],
    ['rolling', {}, 'restart it'],
  ])('names a cure that helps a workload that is %s', (_name, spec, cure) => {
    const templates = [named('apps/v1 Deployment', 'shop/web', { spec })];
    expect(uses({ pods: [injectedPod('old', 'shop/web')], templates }).map((use) => use.cure)).toEqual([cure]);
  });

  test('names a cure for each', () => {
    const found = uses({ pods: [injectedPod('old', 'shop/web')], mutating: [tag('prod', 'old')] });
    expect(found.map(({ cure }) => cure)).toEqual(['point it at a revision that stays', 'restart it']);
  });
});
