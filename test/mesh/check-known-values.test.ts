import { describe, expect, test } from 'vitest';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { meshText } from '../support/meshes.ts';

/** The lines of the error about a mesh file with these values, of which the first stands on line 5. */
function linesOf(values: string, version = '1.31.0'): string[] {
  const indented = values.split('\n').map((line) => `    ${line}`);
  const text = meshText({ istio: ['istio:', `  version: ${version}`, '  values:', ...indented].join('\n') });
  try {
    parseMesh(text, 'mesh.yaml');
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'InvalidMesh', kind: 'usage' });
    return String((thrown as Error).message)
      .split('\n')
      .slice(1);
  }
  return [];
}

describe('keys that Istio does not know', () => {
  test.each<[title: string, values: string, line: string]>([
    [
      'a misspelt one of meshConfig',
      'meshConfig:\n  accesLogFormat: x',
      'mesh.yaml:6: istio.values.meshConfig.accesLogFormat: expected a key that Istio 1.31 knows, got "accesLogFormat"; did you mean "accessLogFormat"?',
    ],
    [
      'one of the proxy configuration',
      'meshConfig: { concurrency: 2 }',
      'mesh.yaml:5: istio.values.meshConfig.concurrency: expected a key that Istio 1.31 knows, got "concurrency"; did you mean meshConfig.defaultConfig.concurrency?',
    ],
    [
      'one that looks like no other',
      'meshConfig: { xyzzy: 1 }',
      'mesh.yaml:5: istio.values.meshConfig.xyzzy: expected a key that Istio 1.31 knows, got "xyzzy"; remove it',
    ],
    [
      'one beside few others',
      'meshConfig: { outboundClusterStatName: x, localityLbSetting: { weights: [] } }',
      'mesh.yaml:5: istio.values.meshConfig.localityLbSetting.weights: expected a key that Istio 1.31 knows, got "weights"; there are "distribute", "enabled", "failover", "failoverPriority"; remove it',
    ],
    [
      'one that is spelt as in the protocol files',
      'meshConfig: { enable_auto_mtls: true }',
      'mesh.yaml:5: istio.values.meshConfig.enable_auto_mtls: expected a key that Istio 1.31 knows, got "enable_auto_mtls"; did you mean "enableAutoMtls"?',
    ],
    [
      'one in an item of a list',
      'meshConfig:\n  extensionProviders:\n    - { name: otel, opentelemetry: { service: otel.tracing, ports: 4317 } }',
      'mesh.yaml:7: istio.values.meshConfig.extensionProviders[0].opentelemetry.ports: expected a key that Istio 1.31 knows, got "ports"; did you mean "port"?',
    ],
    [
      'one below the name of a network',
      'global: { meshNetworks: { n1: { gateway: [] } } }',
      'mesh.yaml:5: istio.values.global.meshNetworks.n1.gateway: expected a key that Istio 1.31 knows, got "gateway"; did you mean "gateways"?',
    ],
    [
      'one of the charts',
      'global: { proxy: { logLevels: debug } }',
      'mesh.yaml:5: istio.values.global.proxy.logLevels: expected a key that Istio 1.31 knows, got "logLevels"; did you mean "logLevel"?',
    ],
    [
      'one like a key that the mesh file sets',
      'pilot: { autoscaleMinn: 1 }',
      'mesh.yaml:5: istio.values.pilot.autoscaleMinn: expected a key that Istio 1.31 knows, got "autoscaleMinn"; did you mean "autoscaleMin"? set controlPlane.replicas.min',
    ],
    [
      'one that the mesh file sets, in another place',
      'accessLogFile: /dev/stdout',
      'mesh.yaml:5: istio.values.accessLogFile: expected a key that Istio 1.31 knows, got "accessLogFile"; set controlPlane.accessLog',
    ],
    [
      'one that every object of JavaScript has',
      'meshConfig: { constructor: 1 }',
      'mesh.yaml:5: istio.values.meshConfig.constructor: expected a key that Istio 1.31 knows, got "constructor"; remove it',
    ],
  ])('are refused: %s', (_title, values, line) => {
    expect(linesOf(values)).toEqual([line]);
  });

  test('are refused in the overrides of an environment and of a cluster', () => {
    const environments = [
      'environments:',
      '  dev:',
      '    overrides: { values: { meshConfig: { accesLogFormat: x } } }',
      '    clusters:',
      '      - name: dev',
      '        overrides:',
      '          values: { pilto: {} }',
    ].join('\n');
    expect(() => parseMesh(meshText({ environments }), 'mesh.yaml')).toThrow(
      [
        'mesh.yaml has 2 errors',
        'mesh.yaml:5: environments.dev.overrides.values.meshConfig.accesLogFormat: expected a key that Istio 1.31 knows, got "accesLogFormat"; did you mean "accessLogFormat"?',
        'mesh.yaml:9: environments.dev.clusters[0].overrides.values.pilto: expected a key that Istio 1.31 knows, got "pilto"; did you mean "pilot"?',
      ].join('\n'),
    );
  });

  test('are those of both versions, for one of them may have come with the other', () => {
    const added = 'meshConfig: { serviceEntryVisibility: { defaultVisibility: NONE } }';
    expect(linesOf(added, '1.31.0')).toEqual([]);
    expect(linesOf(added, '1.30.3')).toEqual([]);
    expect(linesOf('meshConfig: { xyzzy: 1 }', '1.30.3')[0]).toContain('a key that Istio 1.30 knows');
  });

  test('are left to istioctl where the version is not known here, and types are not', () => {
    expect(linesOf('meshConfig: { xyzzy: 1, accessLogFormat: 1 }', '1.29.1')).toEqual([
      'mesh.yaml:5: istio.values.meshConfig.accessLogFormat: expected text, got 1; put it in quotes',
    ]);
  });
});

describe('values of a wrong type', () => {
  test.each<[values: string, path: string, finding: string]>([
    ['pilot: { traceSampling: much }', 'pilot.traceSampling', 'expected a number, got "much"'],
    ['meshConfig: { accessLogFormat: { a: 1 } }', 'meshConfig.accessLogFormat', 'expected text, got a mapping'],
    [
      'meshConfig: { defaultConfig: { concurrency: two } }',
      'meshConfig.defaultConfig.concurrency',
      'expected a whole number, got "two"',
    ],
    [
      'meshConfig: { defaultConfig: { concurrency: 1.5 } }',
      'meshConfig.defaultConfig.concurrency',
      'expected a whole number, got 1.5',
    ],
    ['meshConfig: { defaultConfig: [] }', 'meshConfig.defaultConfig', 'expected a mapping, got an empty list'],
    [
      'meshConfig: { defaultConfig: { proxyMetadata: { A: 1 } } }',
      'meshConfig.defaultConfig.proxyMetadata.A',
      'expected text, got 1; put it in quotes',
    ],
    [
      'meshConfig: { enableAutoMtls: "true" }',
      'meshConfig.enableAutoMtls',
      'expected true or false, got "true"; take the quotes away',
    ],
    ['meshConfig: { enableAutoMtls: yes }', 'meshConfig.enableAutoMtls', 'expected true or false, got "yes"'],
    [
      'meshConfig: { connectTimeout: 5 }',
      'meshConfig.connectTimeout',
      'expected a duration such as 5s, 250ms or 1m30s, got 5',
    ],
    [
      'meshConfig: { ingressControllerMode: STRIC }',
      'meshConfig.ingressControllerMode',
      'expected one of "DEFAULT", "OFF", "STRICT", "UNSPECIFIED", got "STRIC"; did you mean "STRICT"?',
    ],
    ['meshConfig: { trustDomainAliases: a }', 'meshConfig.trustDomainAliases', 'expected a list, got "a"'],
    ['pilot: { nodeSelector: [a] }', 'pilot.nodeSelector', 'expected a mapping, got a list'],
    ['pilot: { tolerations: { key: a } }', 'pilot.tolerations', 'expected a list, got a mapping'],
    ['pilot: { tolerations: [a] }', 'pilot.tolerations[0]', 'expected a mapping, got "a"'],
    [
      'pilot: { rollingMaxSurge: [1] }',
      'pilot.rollingMaxSurge',
      'expected a whole number or text such as 25%, got a list',
    ],
    ['global: { proxy: { logLevel: 3 } }', 'global.proxy.logLevel', 'expected text, got 3; put it in quotes'],
  ])('are refused: %s', (values, path, finding) => {
    expect(linesOf(values)).toEqual([`mesh.yaml:5: istio.values.${path}: ${finding}`]);
  });

  test('say once what is wrong where the mesh file sets the value itself', () => {
    expect(linesOf('pilot: { replicaCount: lots }\nmeshConfig: { accessLogFile: { a: 1 } }')).toEqual([
      'mesh.yaml:5: istio.values.pilot.replicaCount: expected no value that the mesh file sets itself, got "pilot.replicaCount"; set controlPlane.replicas',
      'mesh.yaml:6: istio.values.meshConfig.accessLogFile: expected no value that the mesh file sets itself, got "meshConfig.accessLogFile"; set controlPlane.accessLog',
    ]);
  });

  test.each([
    'pilot: { rollingMaxSurge: 25%, rollingMaxUnavailable: 0, traceSampling: 0.0000001, cpu: { targetAverageUtilization: "70" } }',
    'pilot: { env: { A: 1, B: "x", C: true }, nodeSelector: { a: b }, podAnnotations: null, tolerations: [{ operator: Exists }] }',
    'meshConfig: { connectTimeout: 1.5s, dnsRefreshRate: 1h2m, meshMTLS: { minProtocolVersion: TLSV1_3 }, accessLogFormat: null }',
    'meshConfig: { defaultConfig: { meshId: m, proxyStatsMatcher: { inclusionPrefixes: [a] }, concurrency: "2" } }',
    'global: { proxy_init: { image: x }, meshNetworks: { n: { gateways: [{ address: 1.2.3.4, port: 15443 }] } } }',
    'sidecarInjectorWebhook: { templates: { a: "b" }, neverInjectSelector: [{ matchLabels: { a: b } }] }',
    'telemetry: { enabled: true }\nbase: { enableIstioConfigCRDs: true }\nexperimental: { stableValidationPolicy: true }',
  ])('are not what Istio takes: %s', (values) => {
    expect(linesOf(values)).toEqual([]);
  });
});

describe('values above what the mesh file sets', () => {
  test.each<[values: string, path: string, finding: string]>([
    ['pilot: x', 'pilot', 'expected a mapping, got "x"'],
    ['meshConfig: []', 'meshConfig', 'expected a mapping, got an empty list'],
    ['pilot: { env: [] }', 'pilot.env', 'expected a mapping, got an empty list'],
    [
      'pilot: { env: }',
      'pilot.env',
      'expected a mapping, got nothing, which would take away what the mesh file sets there (pilot.env.DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES); remove it',
    ],
    [
      'global: null',
      'global',
      'expected a mapping, got nothing, which would take away what the mesh file sets there (global.hub); remove it',
    ],
    [
      'meshConfig: { defaultConfig: null }',
      'meshConfig.defaultConfig',
      'expected a mapping, got nothing, which would take away what the mesh file sets there (meshConfig.defaultConfig.drainDuration); remove it',
    ],
    [
      'global: { multiCluster: ~ }',
      'global.multiCluster',
      'expected a mapping, got nothing, which would take away what the mesh file sets there (global.multiCluster.clusterName); remove it',
    ],
    ['global: { multiCluster: dev }', 'global.multiCluster', 'expected a mapping, got "dev"'],
  ])('are refused: %s', (values, path, finding) => {
    expect(linesOf(values)).toEqual([`mesh.yaml:5: istio.values.${path}: ${finding}`]);
  });

  test('are refused as values themselves', () => {
    expect(() => parseMesh(meshText({ istio: 'istio: { version: 1.31.0, values: [] }' }), 'mesh.yaml')).toThrow(
      'mesh.yaml:2: istio.values: expected a mapping, got an empty list',
    );
  });
});
