import { describe, expect, test } from 'vitest';
import { checkSchemas } from '../../../src/bundle/schemas/check-schemas.ts';
import { formatPath } from '../../../src/mesh/finding.ts';
import { parseYaml } from '../../../src/mesh/yaml.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';

const route = `
  type: object
  properties:
    timeout: { type: string }
    weight: { type: integer, minimum: 0, maximum: 100 }
    kind: { type: string, enum: [HTTP, GRPC] }
    name: { type: string, pattern: "^[a-z]+$", maxLength: 5 }
    exact: { type: string }
    prefix: { type: string }
  oneOf:
  - not: { anyOf: [{ required: [exact] }, { required: [prefix] }] }
  - required: [exact]
  - required: [prefix]
`;

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: routes.example.com }
spec:
  group: example.com
  names: { kind: Route }
  versions:
  - name: v1
    served: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [hosts]
            properties:
              hosts: { type: array, minItems: 1, items: { type: string }, x-kubernetes-list-type: set }
              routes: { type: array, items: ${JSON.stringify(parseYaml(route, 'route')[0])} }
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [number, protocol]
                items:
                  type: object
                  properties:
                    number: { type: integer }
                    protocol: { type: string, default: TCP }
              labels: { type: object, additionalProperties: { type: string } }
              free: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
              any: { x-kubernetes-preserve-unknown-fields: true }
              port: { anyOf: [{ type: integer }, { type: string }], x-kubernetes-int-or-string: true }
              maybe: { type: boolean, nullable: true }
              lookbehind: { type: string, pattern: "(?i)a" }
          status: { type: object, x-kubernetes-preserve-unknown-fields: true }
  - name: v1beta1
    served: true
    schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
  - { name: v1alpha1, served: false }
`;

const check = checkSchemas(parseYaml(definition, 'crd') as KubernetesObject[]);

async function findingsOf(spec: string, more = '{}'): Promise<string[]> {
  const [object] = parseYaml(
    `{apiVersion: example.com/v1, kind: Route, metadata: {name: a, annotations: {b: c}}, spec: ${spec}}`,
    'object',
  ) as KubernetesObject[];
  const findings = await check({ ...(object as KubernetesObject), ...(parseYaml(more, 'more')[0] as object) });
  return findings.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

describe('an object is right', () => {
  test.each([
    '{hosts: [a]}',
    '{hosts: [a, b], routes: [{timeout: 5s, weight: 100, kind: GRPC, name: abc}, {exact: a}, {prefix: a}, {}]}',
    '{hosts: [a], ports: [{number: 1}, {number: 1, protocol: UDP}, {number: 2}]}',
    '{hosts: [a], labels: {a: b}, free: {a: b, c: [1]}, any: [{a: 1}], maybe: null}',
    '{hosts: [a], any: x, port: 80, lookbehind: b}',
    '{hosts: [a], port: http}',
  ])('with %s', async (spec) => {
    expect(await findingsOf(spec)).toEqual([]);
  });

  test('of a kind that nothing defines here, and of a version that takes everything', async () => {
    expect(await findingsOf('{}', 'apiVersion: other.com/v1')).toEqual([]);
    expect(await findingsOf('{a: 1}', 'apiVersion: example.com/v1beta1')).toEqual([]);
  });
});

describe('an object is refused', () => {
  test.each<[string, string[]]>([
    [
      '{hosts: [a], routes: [{timout: 5s}]}',
      ['spec.routes[0].timout: expected a known field, got "timout"; did you mean "timeout"?'],
    ],
    ['[a]', ['spec: expected a mapping, got a list']],
    ['{}', ['spec.hosts: expected a value, got nothing; add it']],
    ['{hosts: a}', ['spec.hosts: expected a list, got "a"']],
    [
      '{hosts: [1, true]}',
      [
        'spec.hosts[0]: expected text, got 1; put it into quotes',
        'spec.hosts[1]: expected text, got true; put it into quotes',
      ],
    ],
    ['{hosts: null}', ['spec.hosts: expected a list, got null; give a value or remove the field']],
    [
      '{hosts: [a], routes: [{weight: "5"}, {weight: 101}]}',
      [
        'spec.routes[0].weight: expected a whole number, got "5"',
        'spec.routes[1].weight: expected at most 100, got 101',
      ],
    ],
    [
      '{hosts: [a], routes: [{kind: HTPP}]}',
      ['spec.routes[0].kind: expected one of "HTTP", "GRPC", got "HTPP"; did you mean "HTTP"?'],
    ],
    [
      '{hosts: [a], routes: [{exact: a, prefix: b}]}',
      ['spec.routes[0].prefix: expected at most one of exact, prefix, got exact and prefix; remove all but one'],
    ],
    ['{hosts: [a, b, a]}', ['spec.hosts[2]: expected each value once, got "a" a second time; remove one of them']],
    [
      '{hosts: [a], ports: [{number: 1}, {number: 2}, {number: 1, protocol: TCP}]}',
      [
        'spec.ports[2]: expected an item for each number and protocol, got 1 and "TCP" a second time; remove one of them',
      ],
    ],
    ['{hosts: []}', ['spec.hosts: expected a list of at least 1, got an empty list']],
    [
      '{hosts: [a], labels: {a: 1}, port: true, maybe: x}',
      [
        'spec.labels.a: expected text, got 1; put it into quotes',
        'spec.port: expected a whole number or text, got true; put it into quotes',
        'spec.maybe: expected true or false, got "x"',
      ],
    ],
    [
      '{hosts: [a], routes: [{name: A1}, {name: abcdef}]}',
      [
        'spec.routes[0].name: expected text that matches ^[a-z]+$, got "A1"',
        'spec.routes[1].name: expected text of at most 5 characters, got "abcdef"',
      ],
    ],
    ['{hosts: [a], free: {a: 1}}', ['spec.free.a: expected text, got 1; put it into quotes']],
  ])('with %s', async (spec, findings) => {
    expect((await findingsOf(spec)).toSorted()).toEqual(findings.toSorted());
  });

  test('with a field beside its spec', async () => {
    expect(await findingsOf('{hosts: [a]}', 'specs: {}')).toEqual([
      'specs: expected a known field, got "specs"; did you mean "spec"?',
    ]);
  });

  test.each(['example.com/v1alpha1', 'example.com/v2'])(
    'of the version %s, which nobody serves',
    async (apiVersion) => {
      expect(await findingsOf('{}', `apiVersion: ${apiVersion}`)).toEqual([
        `apiVersion: expected a version of Route that is served (example.com/v1, example.com/v1beta1), got ${apiVersion}; set example.com/v1`,
      ]);
    },
  );

  test('with thousands of mistakes, in the time of a few', async () => {
    const many = (item: (index: number) => string) =>
      Array.from({ length: 5000 }, (_, index) => item(index)).join(', ');
    const started = performance.now();
    const unknown = await findingsOf(`{hosts: [a], ${many((index) => `zzz${index}: 1`)}}`);
    expect(unknown).toHaveLength(21);
    expect(unknown.at(-1)).toBe('spec: expected keys that are known, got 4980 more that are not; correct these first');
    expect(await findingsOf(`{hosts: [${many((index) => `h${index % 4999}`)}]}`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
