import { describe, expect, test } from 'vitest';
import { placeOf, readObjects } from '../../../src/bundle/manifests/read-objects.ts';
import { formatProblems } from '../../../src/mesh/problem.ts';

function problemsOf(text: string, file = 'a.yaml'): string[] {
  return formatProblems(readObjects([{ file, text }]).problems);
}

const service = ['apiVersion: v1', 'kind: Service', 'metadata:', '  name: shop', '  namespace: shop'].join('\n');

describe('what is read', () => {
  test.each<[string, string]>([
    ['an object', service],
    ['JSON', '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop", "namespace": "shop"}}'],
    [
      'objects of one name in two namespaces',
      `${service}\n---\n${service.replace('namespace: shop', 'namespace: pay')}`,
    ],
    ['objects of one name of two groups', `${service}\n---\n${service.replace('v1', 'serving.knative.dev/v1')}`],
    [
      'labels and annotations',
      `${service}\n  labels: {a.b/c: "", d: E_f.g}\n  annotations: {Example.com/x: "5", y: ""}`,
    ],
    ['a finalizer', `${service}\n  finalizers: [example.com/keep]`],
    ['a name of RBAC', 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "system:a"}'],
    [
      'templates in a file that a ConfigMap holds',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: "{{ .Values.c }}"}',
    ],
    ['labels and annotations of which there are none', `${service}\n  labels:\n  annotations:`],
    ['nothing', '# {{ .Values.x }}\n---\n---\n'],
  ])('%s', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  test('with the lines on which it stands', () => {
    const { objects } = readObjects([
      { file: 'a.yaml', text: `# a\n${service}\n---\n\n${service.replace('name: shop', 'name: b')}` },
    ]);
    expect(objects.map(placeOf)).toEqual(['a.yaml:2', 'a.yaml:9']);
  });
});

describe('a document is refused', () => {
  test.each<[string, string, string[]]>([
    [
      'that is a list',
      `${service}\n---\n- a: 1\n`,
      [
        'a.yaml:7: document 2: expected an object with apiVersion, kind and metadata.name, got a list; write each object as a document of its own, with --- between them',
      ],
    ],
    [
      'that is text',
      'hello\n',
      [
        'a.yaml:1: expected an object with apiVersion, kind and metadata.name, got "hello"; remove it, or write what it belongs to',
      ],
    ],
    [
      'of kind List',
      `apiVersion: v1\nkind: List\nitems:\n- ${service.replaceAll('\n', '\n  ')}`,
      [
        'a.yaml:2: List kind: expected one object, got "List"; write each of its items as a document of its own, with --- between them',
      ],
    ],
    [
      'of a kind of lists',
      'apiVersion: networking.istio.io/v1\nkind: VirtualServiceList\nitems: []',
      [
        'a.yaml:2: VirtualServiceList kind: expected one object, got "VirtualServiceList"; write each of its items as a document of its own, with --- between them',
      ],
    ],
    [
      'that is a kustomization',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]',
      [
        'a.yaml:2: Kustomization kind: expected a manifest, got a kustomization; render it first (kustomize build), and give what it renders',
      ],
    ],
    [
      'without anything',
      'a: 1',
      [
        'a.yaml:1: apiVersion: expected an API version such as networking.istio.io/v1, got nothing; add it',
        'a.yaml:1: kind: expected a kind such as VirtualService, got nothing; add it',
        'a.yaml:1: metadata: expected a mapping, got nothing; add metadata.name',
      ],
    ],
    [
      'without apiVersion',
      `---\n---\n${service.replace('apiVersion: v1\n', '')}`,
      [
        'a.yaml:3: Service (document 2) apiVersion: expected an API version such as networking.istio.io/v1, got nothing; add it',
      ],
    ],
    [
      'with a version that is a number',
      service.replace('v1', '1'),
      ['a.yaml:1: Service apiVersion: expected an API version such as networking.istio.io/v1, got 1'],
    ],
    [
      'with a version of too many parts',
      service.replace('v1', 'a/b/c'),
      ['a.yaml:1: Service shop/shop apiVersion: expected an API version such as networking.istio.io/v1, got "a/b/c"'],
    ],
    [
      'without a name',
      service.replace('name: shop', 'labels: {}'),
      ['a.yaml:3: Service metadata.name: expected text, got nothing; add it'],
    ],
    [
      'with a name that is a number',
      service.replace('name: shop', 'name: 123'),
      ['a.yaml:4: Service metadata.name: expected text in quotes, got 123'],
    ],
    [
      'with a name that Kubernetes refuses',
      service.replace('name: shop', 'name: Shop_1'),
      [
        'a.yaml:4: Service shop/Shop_1 metadata.name: expected a name of at most 253 lower-case letters, digits, dashes and dots (DNS-1123), got "Shop_1"',
      ],
    ],
    [
      'with a namespace that is a number',
      service.replace('namespace: shop', 'namespace: 1'),
      ['a.yaml:5: Service metadata.namespace: expected text in quotes, got 1'],
    ],
    [
      'whose name is generated',
      service.replace('name: shop', 'generateName: shop-'),
      [
        'a.yaml:4: Service metadata.generateName: expected metadata.name, got generateName, with which each apply would make another object; give a name',
      ],
    ],
    [
      'with an annotation that is a number',
      `${service}\n  annotations:\n    a: x\n    b: 5`,
      ['a.yaml:8: Service shop/shop metadata.annotations.b: expected text in quotes, got 5'],
    ],
    [
      'with a label that is a boolean',
      `${service}\n  labels: {a: yes}`,
      ['a.yaml:6: Service shop/shop metadata.labels.a: expected text in quotes, got true'],
    ],
    [
      'with a label that Kubernetes refuses',
      `${service}\n  labels: {a: b c, "d e": f}`,
      [
        'a.yaml:6: Service shop/shop metadata.labels.a: expected a label value of at most 63 letters, digits, dashes, dots and underscores, got "b c"',
        'a.yaml:6: Service shop/shop metadata.labels."d e": expected a key of at most 63 letters, digits, dashes, dots and underscores, perhaps with example.com/ before it, got "d e"',
      ],
    ],
    [
      'with annotations that are a list',
      `${service}\n  annotations: [a]`,
      ['a.yaml:6: Service shop/shop metadata.annotations: expected a mapping, got a list'],
    ],
    [
      'with a finalizer that Kubernetes refuses',
      `${service}\n  finalizers: [a b]`,
      [
        'a.yaml:6: Service shop/shop metadata.finalizers[0]: expected a key of at most 63 letters, digits, dashes, dots and underscores, perhaps with example.com/ before it, got "a b"',
      ],
    ],
    [
      'with metadata that nobody knows',
      `${service}\n  lables: {a: b}`,
      ['a.yaml:6: Service shop/shop metadata.lables: expected a known key, got "lables"; did you mean "labels"?'],
    ],
    [
      'that belongs to the cluster and names a namespace',
      service.replace('kind: Service', 'kind: Namespace'),
      [
        'a.yaml:5: Namespace shop/shop metadata.namespace: expected no namespace, got "shop": a Namespace belongs to the whole cluster; remove it',
      ],
    ],
    [
      'that was exported from a cluster',
      `${service}\n  uid: a\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: "{}"\n  resourceVersion: "5"\n  creationTimestamp: null\n  ownerReferences: []\n  generation: 1\n  selfLink: x\n  managedFields: []\n  deletionTimestamp: x\nstatus: {}`,
      [
        'a.yaml:6: Service shop/shop metadata.uid: expected a manifest, got an object that was exported from a cluster; remove metadata.uid, metadata.resourceVersion, metadata.generation, metadata.creationTimestamp, metadata.deletionTimestamp, metadata.selfLink, metadata.managedFields, metadata.ownerReferences, metadata.annotations."kubectl.kubernetes.io/last-applied-configuration", status',
      ],
    ],
    [
      'with only a status',
      `${service}\nspec: {}\nstatus: {a: 1}`,
      [
        'a.yaml:7: Service shop/shop status: expected a manifest, got an object that was exported from a cluster; remove status',
      ],
    ],
    [
      'with a template in quotes',
      service.replace('name: shop', 'name: "{{ .Release.Name }}"'),
      [
        'a.yaml:4: Service shop/{{ .Release.Name }} metadata.name: expected rendered YAML, got the template expression {{ .Release.Name }}; render the template first (helm template), and give what it renders',
      ],
    ],
    [
      'with a template in a text',
      `${service}\nspec:\n  host: shop.{{ .Values.domain }}`,
      [
        'a.yaml:7: Service shop/shop spec.host: expected rendered YAML, got the template expression {{ .Values.domain }}; render the template first (helm template), and give what it renders',
      ],
    ],
    [
      'with a template for a value',
      `${service}\n---\n${service}\nspec:\n  host: {{ .Values.domain }}`,
      [
        'a.yaml:13: expected rendered YAML, got the template expression {{ .Values.domain }}; render the template first (helm template), and give what it renders',
      ],
    ],
    [
      'with an integer that would change',
      `${service}\nspec: {a: [12345678901234567890]}`,
      [
        'a.yaml:6: spec.a[0]: expected an integer of at most 2^53 - 1 (9007199254740991), got 12345678901234567890, which would change silently; put it into quotes where text will do',
      ],
    ],
    [
      'that is no YAML',
      `${service}\nspec: [`,
      ['a.yaml:6: is no valid YAML: unexpected end of the stream within a flow collection; correct the line'],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test.each(['kustomization.yaml', 'deep/kustomization.yml', 'Kustomization'])('in a file %s', (file) => {
    expect(problemsOf('resources: []', file)).toEqual([
      `${file}:1: expected a manifest, got a kustomization; render it first (kustomize build), and give what it renders`,
    ]);
  });

  test('whose file is not UTF-8', () => {
    const unreadable = { line: 3, message: 'expected UTF-8' };
    expect(formatProblems(readObjects([{ file: 'a.yaml', text: '', unreadable }]).problems)).toEqual([
      'a.yaml:3: expected UTF-8',
    ]);
  });
});

describe('two documents of one id are refused, with both places', () => {
  const said = (place: string) =>
    `Service shop/shop: expected each object once, got it at ${place} already; remove one of them`;

  test.each<[string, string]>([
    ['that are the same', service],
    ['of two versions of a group', service.replace('v1', 'v1beta1')],
    ['that differ', `${service}\nspec: {a: 1}`],
  ])('%s', (_, other) => {
    expect(problemsOf(`${service}\n---\n${other}`)).toEqual([`a.yaml:7: ${said('a.yaml:1')}`]);
  });

  test('in two files', () => {
    const files = ['a.yaml', 'b.json'].map((file) => ({ file, text: service }));
    expect(formatProblems(readObjects(files).problems)).toEqual([`b.json:1: ${said('a.yaml:1')}`]);
  });

  test('in a file that is read twice', () => {
    const files = ['a.yaml', 'a.yaml'].map((file) => ({ file, text: service }));
    expect(formatProblems(readObjects(files).problems)).toEqual([
      'a.yaml:1: Service shop/shop: expected each file once, got it twice; name its folder once',
    ]);
  });
});

test('every problem of every document of every file is said, in order', () => {
  const files = [
    { file: 'b.yaml', text: `${service}\nstatus: {}\n---\nkind: List\n` },
    { file: 'a.yaml', text: 'a: {{ b }}\n' },
  ];
  expect(formatProblems(readObjects(files).problems).map((line) => line.split(': ')[0])).toEqual([
    'a.yaml:1',
    'b.yaml:6',
    'b.yaml:8',
  ]);
});

test('a number that would change keeps nothing else of its file from being looked at', () => {
  const exact = '9007199254740993';
  const text = `${service}\nspec: {max: ${exact}}\n---\n${service}\n  uid: u`;
  expect(problemsOf(text)).toEqual([
    expect.stringMatching(/^a\.yaml:6: spec\.max: expected an integer of at most 2\^53 - 1/),
    expect.stringMatching(/^a\.yaml:8: .*expected each object once/),
    expect.stringMatching(/^a\.yaml:13: .*exported from a cluster/),
  ]);
});
