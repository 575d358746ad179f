import { describe, expect, test } from 'vitest';
import type { ClusterBundle, StageObjects } from '../../../src/bundle/bundle.ts';
import { formatObjectId } from '../../../src/ports/objects.ts';
import { retiredObjects } from '../../../src/upgrade/retirement/retired-objects.ts';
import { named, tag, webhooks } from '../../support/mesh-objects.ts';

function bundle(stages: StageObjects[]): ClusterBundle {
  return { cluster: 'dev', digest: 'sha256:d', stages };
}

const ofRevision = (revision: string): StageObjects[] => [
  {
    stage: 'namespaces',
    objects: [named('Namespace', 'istio-system'), named('Namespace', `only-${revision}`)],
  },
  { stage: 'crds', objects: [named('apiextensions.k8s.io/v1 CustomResourceDefinition', `of-${revision}`)] },
  {
    stage: 'revision',
    objects: [
      named('ConfigMap', `istio-system/istio-${revision}`),
      named('Secret', 'istio-system/cacerts'),
      named('Service', `istio-system/istiod-${revision}`),
      named('apps/v1 Deployment', `istio-system/istiod-${revision}`),
      webhooks('Mutating', `injector-${revision}`, ''),
      webhooks('Validating', `validator-${revision}`, ''),
    ],
  },
  {
    stage: 'gateways',
    objects: [named('ServiceAccount', 'edge/ingress'), named('apps/v1 Deployment', `edge/ingress-${revision}`)],
  },
  {
    stage: 'routing',
    objects: [named('Service', 'edge/ingress'), tag('prod', revision), tag(`only-${revision}`, revision)],
  },
];

describe('what is retired', () => {
  test('is what the leaving bundle alone has, its last stage and its webhooks first, and never what others build on', () => {
    const groups = retiredObjects(
      bundle(ofRevision('old')),
      bundle(ofRevision('new').filter(({ stage }) => stage !== 'revision')),
    );
    expect(groups.map(({ stage, ids }) => `${stage}: ${ids.map(formatObjectId).join(', ')}`)).toEqual([
      'routing: MutatingWebhookConfiguration istio-revision-tag-only-old',
      'gateways: Deployment edge/ingress-old',
      'revision: ValidatingWebhookConfiguration validator-old',
      'revision: MutatingWebhookConfiguration injector-old',
      'revision: Deployment istio-system/istiod-old',
      'revision: Service istio-system/istiod-old',
      'revision: ConfigMap istio-system/istio-old',
    ]);
  });

  test('is nothing between two bundles of one revision', () => {
    expect(retiredObjects(bundle(ofRevision('old')), bundle(ofRevision('old')))).toEqual([]);
  });
});
