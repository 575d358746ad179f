import { expect, test } from 'vitest';
import { istioOperator } from '../../src/bundle/istio-operator.ts';
import { meshForCluster } from '../../src/mesh/mesh-for-cluster.ts';
import { mesh } from '../support/meshes.ts';

function specOf(more: string): { values: Record<string, Record<string, unknown>>; [field: string]: unknown } {
  return istioOperator(meshForCluster(mesh(more), 'dev')).spec as ReturnType<typeof specOf>;
}

test('names version, revision and hub, and leaves the gateways out', () => {
  const { values, ...spec } = specOf('');
  expect(spec).toEqual({
    profile: 'default',
    hub: 'docker.io/istio',
    tag: '1.31.0',
    revision: '1-31-0',
    components: {
      ingressGateways: [{ name: 'istio-ingressgateway', enabled: false }],
      egressGateways: [{ name: 'istio-egressgateway', enabled: false }],
    },
  });
  expect(values.global).toEqual({ istioNamespace: 'istio-system', multiCluster: { clusterName: 'dev' } });
});

test('lets istiod answer proxy-status although the root namespace is another', () => {
  const { values } = specOf('namespaces: { controlPlane: istio-control }');
  expect(values.meshConfig?.rootNamespace).toBe('istio-config');
  expect(values.pilot?.env).toEqual({ DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES: 'istio-control' });
});

test('brings the tag of every group and the default tag', () => {
  const { values } = specOf('groups: [{ name: a, tag: prod, namespaces: { names: [shop] } }]');
  expect(values.revisionTags).toEqual(['prod', 'default']);
  expect(values.defaultRevision).toBe('1-31-0');
});

test('keeps the namespaces of the mesh among those that istiod looks at', () => {
  const { values } = specOf('controlPlane: { discoverySelectors: [{ matchLabels: { mesh: acme } }] }');
  expect(values.meshConfig?.discoverySelectors).toEqual([
    {
      matchExpressions: [
        { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['istio-config', 'istio-system'] },
      ],
    },
    { matchLabels: { mesh: 'acme' } },
  ]);
});

test.each<[setting: string, field: string, value: unknown]>([
  ['accessLog: json', 'accessLogEncoding', 'JSON'],
  ['accessLog: text', 'accessLogEncoding', 'TEXT'],
  ['accessLog: none', 'accessLogFile', undefined],
  ['outboundTrafficPolicy: REGISTRY_ONLY', 'outboundTrafficPolicy', { mode: 'REGISTRY_ONLY' }],
  ['protocolDetectionTimeout: 5s', 'protocolDetectionTimeout', '5s'],
  ['trustDomain: acme.example', 'trustDomain', 'acme.example'],
  ['dnsCapture: true', 'defaultConfig', { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }],
  ['drainDuration: 30s', 'defaultConfig', { drainDuration: '30s' }],
  ['tracing: { service: otel.obs }', 'defaultConfig', { tracing: { sampling: 1 } }],
  ['dnsCapture: false', 'enableTracing', undefined],
])('writes controlPlane.%s to meshConfig.%s', (setting, field, value) => {
  expect(specOf(`controlPlane: { ${setting} }`).values.meshConfig?.[field]).toEqual(value);
});

test('asks for the seccomp profile that Pod Security wants, for istiod and Gateways of the Gateway API', () => {
  const seccompProfile = { type: 'RuntimeDefault' };
  const { values } = specOf('');
  expect(values.pilot).toMatchObject({ seccompProfile });
  expect(values.gateways).toEqual({ seccompProfile });
});
