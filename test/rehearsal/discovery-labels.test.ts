import { describe, expect, test } from 'vitest';
import type { LabelSelector } from '../../src/mesh/label-selector.ts';
import { discoverySelectorsOf, labelsToBeSeen } from '../../src/rehearsal/discovery-labels.ts';

type Labels = Record<string, string>;

const shop = { name: 'shop', labels: { 'istio.io/rev': 'prod' } };

describe('labelsToBeSeen', () => {
  test.each<[string, LabelSelector[][], Labels | undefined]>([
    ['nothing where every namespace is looked at', [], {}],
    ['nothing where a selector is for its name', [[{ matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }]], {}],
    ['nothing where a selector is for its tag', [[{ matchLabels: { 'istio.io/rev': 'prod' } }]], {}],
    ['what matchLabels ask for', [[{ matchLabels: { mesh: 'yes', stage: 'live' } }]], { mesh: 'yes', stage: 'live' }],
    [
      'one of the values of In',
      [[{ matchExpressions: [{ key: 'mesh', operator: 'In', values: ['yes', 'on'] }] }]],
      { mesh: 'yes' },
    ],
    ['a value for Exists', [[{ matchExpressions: [{ key: 'mesh', operator: 'Exists' }] }]], { mesh: 'rehearsal' }],
    [
      'nothing for what must not be there',
      [
        [
          {
            matchExpressions: [
              { key: 'mesh', operator: 'DoesNotExist' },
              { key: 'x', operator: 'NotIn', values: ['y'] },
            ],
          },
        ],
      ],
      {},
    ],
    [
      'what the first selector asks for that it can meet',
      [
        [
          { matchLabels: { 'kubernetes.io/metadata.name': 'bank' } },
          { matchLabels: { 'istio.io/rev': 'beta' } },
          { matchLabels: { mesh: 'yes' } },
        ],
      ],
      { mesh: 'yes' },
    ],
    [
      'what both control planes ask for',
      [[{ matchLabels: { mesh: 'yes' } }], [{ matchLabels: { zone: 'a' } }, { matchLabels: { mesh: 'yes' } }]],
      { mesh: 'yes' },
    ],
    [
      'nothing that it can meet, where only names are selected',
      [[{ matchLabels: { 'kubernetes.io/metadata.name': 'bank' } }]],
      undefined,
    ],
    [
      'nothing that it can meet, where its tag must not be there',
      [[{ matchExpressions: [{ key: 'istio.io/rev', operator: 'DoesNotExist' }] }]],
      undefined,
    ],
  ])('adds %s', (_, selectors, more) => {
    expect(labelsToBeSeen(selectors, shop)).toEqual(more && { ...shop.labels, ...more });
  });
});

test('discoverySelectorsOf reads the mesh configuration of every control plane', () => {
  const config = (name: string, mesh: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'istio-system' },
    data: { mesh },
  });
  const objects = [
    config('istio-1-30-3', 'discoverySelectors:\n- matchLabels: { mesh: "yes" }\n'),
    config('istio-1-31-0', 'rootNamespace: istio-config\n'),
  ];
  const part = { cluster: 'dev', digest: 'sha256:0', stages: [{ stage: 'revision' as const, objects }] };
  expect(discoverySelectorsOf(part)).toEqual([[{ matchLabels: { mesh: 'yes' } }]]);
});
