import { describe, expect, test } from 'vitest';
import { probePolicy } from '../../src/mesh/mesh.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { mesh, meshText } from '../support/meshes.ts';

const target = '{ name: shop, url: "http://shop.example/" }';

function errorsOf(...lines: string[]): string[] {
  const more = ['probe:', ...lines.map((line) => `  ${line}`)].join('\n');
  try {
    parseMesh(meshText({ more }), 'mesh.yaml');
  } catch (thrown) {
    return (thrown instanceof Error ? thrown.message : String(thrown)).split('\n').slice(1);
  }
  return [];
}

test('a mesh that says nothing of a probe has none', () => {
  expect(probePolicy(mesh())).toBeUndefined();
});

test('a probe needs nothing but an address', () => {
  expect(probePolicy(mesh(`probe: { targets: [${target}] }`))).toEqual({
    targets: [{ name: 'shop', url: 'http://shop.example/', method: 'GET', headers: {}, rate: 10 }],
    thresholds: { success: 100, minimum: 50 },
    load: { image: 'docker.io/peterevans/vegeta:6.9.1', pullPolicy: 'IfNotPresent' },
    baseline: 30,
    settle: 10,
    checks: ['proxies', 'webhooks', 'certificates'],
  });
});

test('a policy is in milliseconds where it is about requests, and in seconds where it is about waiting', () => {
  const probe = [
    'probe:',
    '  targets:',
    '    - { name: shop, url: "https://shop.example:8443/a?b=c", method: HEAD, headers: { x-probe: "yes" }, rate: 50 }',
    '  thresholds: { success: 99.9, p99: 250ms, slowdown: 2.5, minimum: 500 }',
    '  load: { image: registry.example:5000/vegeta:12, pullPolicy: Never, namespace: probes }',
    '  baseline: 1m30s',
    '  settle: 20s',
    '  checks: [proxies]',
    '  prometheus:',
    '    url: service://monitoring/prometheus:9090',
    '    queries:',
    '      - { name: errors, query: sum(errors), max: 1 }',
    '      - { name: replicas, query: min(up), min: 1, max: 9 }',
  ].join('\n');
  expect(probePolicy(mesh(probe))).toEqual({
    targets: [
      { name: 'shop', url: 'https://shop.example:8443/a?b=c', method: 'HEAD', headers: { 'x-probe': 'yes' }, rate: 50 },
    ],
    thresholds: { success: 99.9, p99: 250, slowdown: 2.5, minimum: 500 },
    load: { image: 'registry.example:5000/vegeta:12', pullPolicy: 'Never', namespace: 'probes' },
    baseline: 90,
    settle: 20,
    checks: ['proxies'],
    prometheus: {
      url: 'service://monitoring/prometheus:9090',
      queries: [
        { name: 'errors', query: 'sum(errors)', max: 1 },
        { name: 'replicas', query: 'min(up)', min: 1, max: 9 },
      ],
    },
  });
});

describe('a probe is refused', () => {
  const at = (line: number, path: string) => `mesh.yaml:${line}: probe.${path}: expected`;
  const url = 'an address of http or https without credentials: http://shop.example/health';
  const image = 'an image with a tag or a digest: registry.example/vegeta:6.9.1';

  test.each<[string, string[], string[]]>([
    ['without targets', ['targets: []'], [`${at(5, 'targets')} at least one target, got an empty list`]],
    [
      'with two targets of one name',
      ['targets:', `  - ${target}`, `  - ${target}`],
      [`${at(7, 'targets[1].name')} a name for each target, got "shop" a second time`],
    ],
    [
      'with what is no address',
      [
        'targets:',
        '  - { name: a, url: shop }',
        '  - { name: b, url: "ftp://shop" }',
        '  - { name: c, url: "http://a:b@shop" }',
      ],
      [
        `${at(6, 'targets[0].url')} ${url}, got "shop"`,
        `${at(7, 'targets[1].url')} ${url}, got "ftp://shop"`,
        `${at(8, 'targets[2].url')} ${url}, got "http://a:b@shop"`,
      ],
    ],
    [
      'with rates that are none',
      ['targets:', '  - { name: a, url: "http://a", rate: 0 }', '  - { name: b, url: "http://b", rate: 5000 }'],
      [
        `${at(6, 'targets[0].rate')} a whole number of at least 1, got 0`,
        `${at(7, 'targets[1].rate')} at most 1000 requests a second, got 5000`,
      ],
    ],
    [
      'with methods and headers that no request can have',
      [
        'targets:',
        '  - { name: a, url: "http://a", method: get }',
        '  - { name: b, url: "http://b", headers: { "x y": "1", z: "a\\nb" } }',
      ],
      [
        `${at(6, 'targets[0].method')} a method of HTTP in capitals: GET, got "get"`,
        'mesh.yaml:7: probe.targets[1].headers."x y": expected the name of a header: x-probe, got "x y"',
        `${at(7, 'targets[1].headers.z')} text of one line, got "a\\nb"`,
      ],
    ],
    [
      'with thresholds that nothing can be held against',
      [`targets: [${target}]`, 'thresholds:', '  success: 0', '  slowdown: 1', '  p99: 250'],
      [
        `${at(7, 'thresholds.success')} a percentage above 0 and up to 100, got 0`,
        `${at(8, 'thresholds.slowdown')} a number above 1, got 1`,
        `${at(9, 'thresholds.p99')} a duration such as 5s, 250ms or 1m30s, got 250`,
      ],
    ],
    [
      'with checks that nobody knows',
      [`targets: [${target}]`, 'checks: [proxies, weather]'],
      [`${at(6, 'checks[1]')} a check, got "weather"; there are "proxies", "webhooks", "certificates"`],
    ],
    [
      'with images that change under their name',
      [`targets: [${target}]`, 'load: { image: "registry.example/vegeta:latest" }'],
      [`${at(6, 'load.image')} an image with a tag that stays what it is, got "registry.example/vegeta:latest"`],
    ],
    [
      'with images without a tag',
      [`targets: [${target}]`, 'load: { image: "registry.example/vegeta" }'],
      [`${at(6, 'load.image')} ${image}, got "registry.example/vegeta"`],
    ],
    [
      'where too little can be measured to say anything',
      [`targets: [${target}]`, 'baseline: 2s', 'settle: 4s'],
      [
        `${at(6, 'baseline')} a time in which target "shop" gets at least 50 requests, got 2s, in which it gets 20; make it longer, raise the rate or lower probe.thresholds.minimum`,
        `${at(7, 'settle')} a time in which target "shop" gets at least 50 requests, got 4s, in which it gets 40; make it longer, raise the rate or lower probe.thresholds.minimum`,
      ],
    ],
    [
      'with questions that no answer can be held against',
      [
        `targets: [${target}]`,
        'prometheus:',
        '  url: prometheus',
        '  queries:',
        '    - { name: a, query: up }',
        '    - { name: a, query: up, max: 1 }',
        '    - { name: b, query: up, min: 2, max: 1 }',
      ],
      [`${at(7, 'prometheus.url')} an address of http or https, or service://namespace/name:port, got "prometheus"`],
    ],
    [
      'with questions without bounds, of one name, or with bounds the wrong way round',
      [
        `targets: [${target}]`,
        'prometheus:',
        '  url: "http://prometheus"',
        '  queries:',
        '    - { name: a, query: up }',
        '    - { name: a, query: up, max: 1 }',
        '    - { name: b, query: up, min: 2, max: 1 }',
      ],
      [
        `${at(9, 'prometheus.queries[0].name')} min, max or both, got neither; add one`,
        `${at(10, 'prometheus.queries[1].name')} a name for each query, got "a" a second time`,
        `${at(11, 'prometheus.queries[2].max')} a max that is not below min (2), got 1`,
      ],
    ],
    [
      'with a misspelt part',
      [`targets: [${target}]`, 'threshold: { success: 99 }'],
      [`${at(6, 'threshold')} a known key, got "threshold"; did you mean "thresholds"?`],
    ],
  ])('%s', (_what, lines, errors) => {
    expect(errorsOf(...lines)).toEqual(errors);
  });
});
