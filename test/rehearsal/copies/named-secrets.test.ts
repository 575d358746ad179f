import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { namedSecrets } from '../../../src/rehearsal/copies/named-secrets.ts';

function deployment(namespace: string, labels: Record<string, string>, templates?: string): KubernetesObject {
  const annotations = templates === undefined ? {} : { 'inject.istio.io/templates': templates };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `in-${namespace}`, namespace },
    spec: { template: { metadata: { labels, annotations } } },
  };
}

const pods = [
  deployment('istio-gateways', { istio: 'ingress' }, 'gateway'),
  deployment('edge', { istio: 'edge' }, 'gateway,extra'),
  deployment('shop', { app: 'shop' }),
];

function gateway(tls: object, { hosts = ['shop.example'], selector = { istio: 'ingress' } as object } = {}) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { selector, servers: [{ port: { number: 443 }, hosts, tls }] },
  };
}

function destinationRule(spec: object): KubernetesObject {
  const metadata = { name: 'bank', namespace: 'shop' };
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata,
    spec: { host: 'bank.example', ...spec },
  };
}

function apiGateway(tls: object): KubernetesObject {
  const metadata = { name: 'api', namespace: 'shop' };
  const listeners = [{ name: 'https', hostname: 'api.example', tls }];
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata, spec: { listeners } };
}

const ingress: KubernetesObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'old', namespace: 'shop' },
  spec: { tls: [{ secretName: 'old-tls', hosts: ['old.example'] }, { hosts: ['plain.example'] }] },
};

function secret(name: string, data: object = {}, namespace = 'istio-gateways'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}

describe('namedSecrets', () => {
  test.each<[string, KubernetesObject, string[]]>([
    ['SIMPLE', gateway({ mode: 'SIMPLE', credentialName: 'a' }), ['istio-gateways/a']],
    ['MUTUAL', gateway({ mode: 'MUTUAL', credentialName: 'a' }), ['istio-gateways/a']],
    ['OPTIONAL_MUTUAL', gateway({ mode: 'OPTIONAL_MUTUAL', credentialName: 'a' }), ['istio-gateways/a']],
    ['PASSTHROUGH', gateway({ mode: 'PASSTHROUGH', credentialName: 'a' }), []],
    ['ISTIO_MUTUAL', gateway({ mode: 'ISTIO_MUTUAL' }), []],
    ['files', gateway({ mode: 'SIMPLE', serverCertificate: '/etc/a' }), []],
    ['several', gateway({ mode: 'SIMPLE', credentialNames: ['a', 'b'] }), ['istio-gateways/a', 'istio-gateways/b']],
    [
      'an authority of its own',
      gateway({ mode: 'MUTUAL', credentialName: 'a', caCertCredentialName: 'ca' }),
      ['istio-gateways/a', 'istio-gateways/ca'],
    ],
    ['a name with a scheme', gateway({ mode: 'SIMPLE', credentialName: 'kubernetes://a' }), ['istio-gateways/a']],
    ['a socket', gateway({ mode: 'SIMPLE', credentialName: 'sds://a' }), []],
    ['pods that nobody has', gateway({ mode: 'SIMPLE', credentialName: 'a' }, { selector: { istio: 'none' } }), []],
    ['a redirect to TLS', gateway({ httpsRedirect: true }), []],
    [
      'a DestinationRule, where the gateways are',
      destinationRule({ trafficPolicy: { tls: { mode: 'MUTUAL', credentialName: 'c' } } }),
      ['edge/c', 'istio-gateways/c'],
    ],
    [
      'a DestinationRule for some workloads, where they are',
      destinationRule({
        workloadSelector: { matchLabels: { app: 'shop' } },
        trafficPolicy: { tls: { mode: 'SIMPLE', credentialName: 'c' } },
      }),
      ['shop/c'],
    ],
    [
      'a port and a subset of a DestinationRule',
      destinationRule({
        workloadSelector: {},
        trafficPolicy: { portLevelSettings: [{ tls: { mode: 'SIMPLE', credentialName: 'p' } }] },
        subsets: [{ name: 'v1', trafficPolicy: { tls: { mode: 'SIMPLE', credentialName: 's' } } }],
      }),
      ['shop/p', 'shop/s'],
    ],
    ['Istio’s own mTLS', destinationRule({ trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }), []],
    [
      'a Gateway of the Gateway API',
      apiGateway({
        certificateRefs: [{ name: 'd' }, { name: 'e', namespace: 'certificates', kind: 'Secret', group: '' }],
      }),
      ['certificates/e', 'shop/d'],
    ],
    ['what it passes through', apiGateway({ mode: 'Passthrough', certificateRefs: [{ name: 'd' }] }), []],
    ['what is no Secret', apiGateway({ certificateRefs: [{ group: 'cert.example', kind: 'Cert', name: 'd' }] }), []],
    ['an Ingress, and its gateways', ingress, ['edge/old-tls', 'istio-gateways/old-tls', 'shop/old-tls']],
    ['nonsense', { ...gateway({}), spec: { servers: 'x', selector: 3 } }, []],
  ])('finds those of %s', (_, object, expected) => {
    const found = namedSecrets([...pods, object]);
    expect(found.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(expected);
  });

  test('are for the hosts of all that name them, without the namespaces that hosts may carry', () => {
    const tls = { mode: 'SIMPLE', credentialName: 'a' };
    const first = gateway(tls, { hosts: ['shop/shop.example', './*.shop.example', '*'] });
    const second = gateway(tls, { hosts: ['bank.example'] });
    second.metadata = { name: 'bank', namespace: 'bank' };
    expect(namedSecrets([...pods, first, second])).toEqual([
      {
        namespace: 'istio-gateways',
        name: 'a',
        hosts: ['*.shop.example', 'bank.example', 'shop.example'],
        for: ['Gateway bank/bank', 'Gateway shop/shop'],
      },
    ]);
  });

  test.each<[string, KubernetesObject[], string[]]>([
    ['nothing where it is brought', [secret('a', { 'ca.crt': '' })], []],
    ['nothing where its authority is brought beside it', [secret('a'), secret('a-cacert')], []],
    ['the authority where it is brought without one', [secret('a')], ['a-cacert']],
    ['it where only its authority is brought', [secret('a-cacert')], ['a']],
    ['it where one of its name is brought elsewhere', [secret('a', {}, 'shop')], ['a']],
  ])('stand-ins are made for %s', (_, brought, expected) => {
    const mutual = gateway({ mode: 'MUTUAL', credentialName: 'a' });
    expect(namedSecrets([...pods, mutual, ...brought]).map(({ name }) => name)).toEqual(expected);
  });
});
