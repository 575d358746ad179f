import { describe, expect, test } from 'vitest';
import { danglingIn, danglingSentence, type RoutingFacts } from '../../../src/upgrade/retirement/dangling.ts';
import { endpoints, istiodService, named, tag, webhooks } from '../../support/mesh-objects.ts';

const ofRevision = (revision: string) => ({ app: 'istiod', 'istio.io/rev': revision });
const tagService = (name: string, revision: string) =>
  istiodService(`istiod-revision-tag-${name}`, revision, { 'istio.io/tag': name });

/** One revision `new`, the default tag and one more, all in order. */
const sound: RoutingFacts = {
  namespace: 'istio-system',
  mutating: [
    tag('default', 'new'),
    tag('prod', 'new'),
    webhooks('Mutating', 'istio-sidecar-injector-new', 'istiod-new', { 'istio.io/rev': 'new' }),
  ],
  validating: [webhooks('Validating', 'istiod-default-validator', 'istiod-new', { 'istio.io/tag': 'default' })],
  services: [
    istiodService('istiod-new', 'new'),
    tagService('default', 'new'),
    tagService('prod', 'new'),
    named('Service', 'istio-gateways/ingress', { spec: { selector: { app: 'ingress', 'istio.io/rev': 'new' } } }),
    named('Service', 'shop/web', { spec: { selector: { app: 'web' } } }),
  ],
  endpointSlices: [endpoints('istiod-new')],
  istiods: [named('apps/v1 Deployment', 'istio-system/istiod-new', { labels: ofRevision('new') })],
  pods: [
    named('Pod', 'istio-system/istiod-new-1', { labels: ofRevision('new') }),
    named('Pod', 'istio-gateways/ingress-new-1', { labels: { app: 'ingress', 'istio.io/rev': 'new' } }),
  ],
  configMaps: [
    named('ConfigMap', 'istio-system/istio-new', { labels: { 'istio.io/rev': 'new' } }),
    named('ConfigMap', 'istio-system/values-new', { labels: { 'istio.io/rev': 'new' } }),
  ],
};

const without = (kind: keyof RoutingFacts, name: string) => ({
  [kind]: (sound[kind] as { metadata: { name: string } }[]).filter(({ metadata }) => metadata.name !== name),
});

describe('what points at nothing', () => {
  test('is nothing where every pointer has its end', () => {
    expect(danglingIn(sound)).toEqual([]);
  });

  test.each<[string, Partial<RoutingFacts>, RegExp[]]>([
    [
      'a webhook whose Service is gone',
      { validating: [...sound.validating, webhooks('Validating', 'istio-validator-old', 'istiod-old')] },
      [
        /^ValidatingWebhookConfiguration istio-validator-old calls Service istio-system\/istiod-old, which does not exist/,
      ],
    ],
    [
      'webhooks whose istiod is not ready',
      { endpointSlices: [endpoints('istiod-new', false)] },
      [/tag-default calls/, /tag-prod calls/, /injector-new calls/, /validator calls .*no ready endpoint/],
    ],
    [
      'a tag of a revision that has no istiod',
      { mutating: [...sound.mutating, tag('legacy', 'old')] },
      [
        /^tag legacy \(MutatingWebhookConfiguration istio-revision-tag-legacy\) points at revision old, which has no istiod/,
      ],
    ],
    [
      'a cluster without a default',
      without('mutating', 'istio-revision-tag-default'),
      [/^tag default does not exist/, /tag default, which is gone/],
    ],
    [
      'two defaults',
      {
        mutating: [
          ...sound.mutating,
          webhooks('Mutating', 'second', 'istiod-new', { 'istio.io/tag': 'default', 'istio.io/rev': 'new' }),
        ],
      },
      [/^tag default exists more than once: .*istio-revision-tag-default, .*second/],
    ],
    ['a default without its validator', { validating: [] }, [/istiod-default-validator is missing/]],
    [
      'a validator that stayed where the default was',
      {
        validating: [webhooks('Validating', 'istiod-default-validator', 'istiod-old')],
        services: [...sound.services, istiodService('istiod-old', 'old')],
        endpointSlices: [...sound.endpointSlices, endpoints('istiod-old')],
        istiods: [
          ...sound.istiods,
          named('apps/v1 Deployment', 'istio-system/istiod-old', { labels: ofRevision('old') }),
        ],
        pods: [...sound.pods, named('Pod', 'istio-system/istiod-old-1', { labels: ofRevision('old') })],
      },
      [/istiod-default-validator asks revision old, and the default tag points at new; move it to new/],
    ],
    [
      'a Service that selects no pod',
      {
        services: [
          ...sound.services,
          named('Service', 'istio-gateways/egress', { spec: { selector: { 'istio.io/rev': 'old' } } }),
        ],
      },
      [/^Service istio-gateways\/egress selects no pod: there is none of revision old/],
    ],
    [
      "a tag's Service that leads elsewhere",
      {
        services: sound.services.map((service) =>
          service.metadata.name === 'istiod-revision-tag-prod' ? tagService('prod', 'old') : service,
        ),
      },
      [/^Service istio-system\/istiod-revision-tag-prod leads to revision old, and its tag prod points at new/],
    ],
    [
      'ConfigMaps of a revision that is gone',
      {
        configMaps: ['istio-old', 'istio-sidecar-injector-old', 'values-old', 'kept-old'].map((name) =>
          named('ConfigMap', `istio-system/${name}`, { labels: { 'istio.io/rev': 'old' } }),
        ),
      },
      [/istio-old belongs to revision old/, /injector-old belongs/, /values-old belongs/],
    ],
  ])('%s', (_name, changes, sentences) => {
    const found = danglingIn({ ...sound, ...changes }).map(danglingSentence);
    expect(found).toHaveLength(sentences.length);
    sentences.forEach((sentence, index) => {
      expect(found[index]).toMatch(sentence);
    });
  });

  test("is no webhook that is not Istio's, and no istiod of another cluster that answers", () => {
    const theirs = webhooks('Mutating', 'theirs', 'gone');
    const foreign = {
      ...theirs,
      webhooks: [
        { name: 'a.example.com', clientConfig: (theirs.webhooks as { clientConfig: object }[])[0]?.clientConfig },
      ],
    };
    expect(danglingIn({ ...sound, mutating: [...sound.mutating, foreign] })).toEqual([]);
    expect(danglingIn({ ...sound, istiods: [], configMaps: [] })).toEqual([]);
  });
});
