import { describe, expect, test } from 'vitest';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { meshText } from '../support/meshes.ts';

const groups = [
  'groups:',
  '  - { name: canary, tag: prod-canary, namespaces: { names: [pay] } }',
  '  - name: main',
  '    tag: prod',
  '    label: owner',
  '    namespaces:',
  '      names:',
  '        - shop',
  '        - cart',
].join('\n');

/** The lines of the error about a mesh whose groups begin on line 3, and whose rest comes after them. */
function linesOf(more: string, environments = 'environments: { dev: { clusters: [{ name: dev }] } }'): string[] {
  const text = ['name: acme', 'istio: { version: 1.31.0 }', groups, environments, more].join('\n');
  try {
    parseMesh(text, 'mesh.yaml');
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'InvalidMesh', kind: 'usage' });
    return (thrown as Error).message.split('\n').slice(1);
  }
  return [];
}

const selecting = (...selectors: string[]) => `controlPlane: { discoverySelectors: [${selectors.join(', ')}] }`;
const unseen = (line: number, path: string, [name, tag]: [string, string], place = 'controlPlane.discoverySelectors') =>
  `mesh.yaml:${line}: groups${path}: expected a namespace that ${place} select by its name or its tag, got "${name}", so istiod would not look at it; add { matchLabels: { istio.io/rev: ${tag} } } to them`;

const pay = unseen(4, '[0].namespaces.names[0]', ['pay', 'prod-canary']);
const shop = unseen(10, '[1].namespaces.names[0]', ['shop', 'prod']);
const cart = unseen(11, '[1].namespaces.names[1]', ['cart', 'prod']);

describe('namespaces of groups that no discovery selector selects', () => {
  test.each<[title: string, more: string, lines: string[]]>([
    ['by a label that the mesh file does not know', selecting('{ matchLabels: { mesh: acme } }'), [pay, shop, cart]],
    ['by the tag of another group', selecting('{ matchLabels: { istio.io/rev: prod } }'), [pay]],
    [
      'by the names of others',
      selecting('{ matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [shop, pay] }] }'),
      [cart],
    ],
    [
      'because it is left out by name',
      selecting('{ matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [shop] }] }'),
      [shop],
    ],
    [
      'because its label is there, or is not',
      selecting(
        '{ matchExpressions: [{ key: istio.io/rev, operator: DoesNotExist }, { key: mesh, operator: Exists }] }',
      ),
      [pay, shop, cart],
    ],
    [
      'by all that one selector asks for together',
      selecting(
        '{ matchLabels: { istio.io/rev: prod }, matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [shop] }] }',
      ),
      [pay, cart],
    ],
  ])('are refused: %s', (_title, more, lines) => {
    expect(linesOf(more)).toEqual(lines);
  });

  test.each<[title: string, more: string]>([
    ['there are no selectors', ''],
    ['a selector asks for nothing', selecting('{}')],
    [
      'each is selected by another one',
      selecting('{ matchLabels: { istio.io/rev: prod } }', '{ matchLabels: { kubernetes.io/metadata.name: pay } }'),
    ],
    [
      'each has a tag',
      selecting('{ matchExpressions: [{ key: istio.io/rev, operator: In, values: [prod, prod-canary] }] }'),
    ],
    ['each has a label of a tag', selecting('{ matchExpressions: [{ key: istio.io/rev, operator: Exists }] }')],
    ['others are left out', selecting('{ matchExpressions: [{ key: mesh, operator: NotIn, values: [other] }] }')],
  ])('are none where %s', (_title, more) => {
    expect(linesOf(more)).toEqual([]);
  });

  test('are looked for with the selectors that a cluster gets', () => {
    const only = (tag: string) =>
      `{ controlPlane: { discoverySelectors: [{ matchLabels: { istio.io/rev: ${tag} } }] } }`;
    const environments = [
      'environments:',
      `  dev: { overrides: ${only('prod')}, clusters: [{ name: d1 }, { name: d2, overrides: ${only('prod-canary')} }] }`,
      '  prod: { clusters: [{ name: p1 }] }',
    ].join('\n');
    const place = (path: string) => `environments.dev.${path}.controlPlane.discoverySelectors`;
    expect(linesOf(selecting('{}'), environments)).toEqual([
      unseen(4, '[0].namespaces.names[0]', ['pay', 'prod-canary'], place('overrides')),
      unseen(10, '[1].namespaces.names[0]', ['shop', 'prod'], place('clusters[1].overrides')),
      unseen(11, '[1].namespaces.names[1]', ['cart', 'prod'], place('clusters[1].overrides')),
    ]);
  });

  test('are never those of the mesh itself, which it adds', () => {
    const more = 'gateways: [{ name: ingress, class: ingress, namespace: edge }]';
    expect(() =>
      parseMesh(meshText({ more: `${more}\n${selecting('{ matchLabels: { mesh: acme } }')}` }), 'mesh.yaml'),
    ).not.toThrow();
  });
});

describe('discovery selectors that Kubernetes does not take', () => {
  test.each<[selector: string, path: string, finding: string]>([
    [
      '{ matchExpressions: [{ key: istio.io/rev, operator: In }] }',
      'matchExpressions[0].values',
      'expected at least one value for In and NotIn, got nothing; add it',
    ],
    [
      '{ matchExpressions: [{ key: istio.io/rev, operator: NotIn, values: [] }] }',
      'matchExpressions[0].values',
      'expected at least one value for In and NotIn, got an empty list',
    ],
    [
      '{ matchExpressions: [{ key: istio.io/rev, operator: Exists, values: [a] }] }',
      'matchExpressions[0].values',
      'expected no values for Exists and DoesNotExist, got a list',
    ],
    ['{ matchLabels: { a b: c } }', 'matchLabels."a b"', 'expected the key of a label: istio.io/rev, got "a b"'],
    ['{ matchLabels: { a: 1 } }', 'matchLabels.a', 'expected the value of a label, as text, got 1'],
  ])('are refused: %s', (selector, path, finding) => {
    const [, line] = /^mesh\.yaml:(\d+): /.exec(linesOf(selecting(selector))[0] ?? '') ?? [];
    expect(linesOf(selecting(selector))).toEqual([
      `mesh.yaml:${line}: controlPlane.discoverySelectors[0].${path}: ${finding}`,
    ]);
  });
});
