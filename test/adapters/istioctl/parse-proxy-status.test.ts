import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProxyStatus } from '../../../src/adapters/istioctl/parse-proxy-status.ts';

const names = {
  CDS: 'envoy.config.cluster.v3.Cluster',
  LDS: 'envoy.config.listener.v3.Listener',
  EDS: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  RDS: 'envoy.config.route.v3.RouteConfiguration',
  ECDS: 'envoy.config.core.v3.TypedExtensionConfig',
  WDS: 'istio.workload.Address',
};

type States = Partial<Record<keyof typeof names, string>>;

interface ClientFields {
  version?: string;
  updated?: string;
  details?: string;
  type?: string;
}

function client(id: string, states: States = { CDS: 'SYNCED', LDS: 'SYNCED' }, fields: ClientFields = {}) {
  const { version = '1.31.0', updated = '2026-11-23T22:00:00Z', details } = fields;
  return {
    '@type': fields.type ?? 'type.googleapis.com/envoy.service.status.v3.ClientConfig',
    node: { id, metadata: { CLUSTER_ID: 'dev', ISTIO_VERSION: version, NAMESPACE: 'shop' } },
    genericXdsConfigs: Object.entries(states).map(([type, configStatus]) => ({
      typeUrl: `type.googleapis.com/${names[type as keyof typeof names]}`,
      lastUpdated: updated,
      configStatus,
      ...(details === undefined || configStatus !== 'ERROR' ? {} : { errorState: { details } }),
    })),
  };
}

/** As istioctl prints what each istiod has answered. */
function printed(...answers: object[][]): string {
  return answers
    .map(
      (resources) =>
        `${JSON.stringify({ versionInfo: '1', resources, controlPlane: { identifier: '{"ID":"istiod"}' } }, null, 4)}\n`,
    )
    .join('');
}

describe('parseProxyStatus', () => {
  test.each([
    ['no istiod', '', 0],
    ['an istiod without proxies', '{\n    "typeUrl": "istio.io/debug/syncz"\n}\n', 0],
    ['one istiod', printed([client('web-1.shop'), client('web-2.shop')]), 2],
    ['two istiods', printed([client('web-1.shop')], [client('web-2.shop')]), 2],
    ['debug streams of istioctl itself', printed([client('test-1.default', {}, { version: '65536.65536.65536' })]), 0],
    ['what is no proxy', printed([client('web-1.shop', {}, { type: 'type.googleapis.com/other' })]), 0],
  ])('lists the proxies of %s', (_name, text, count) => {
    expect(parseProxyStatus(text)).toHaveLength(count);
  });

  test('takes the last part of the name for the namespace', () => {
    expect(parseProxyStatus(printed([client('web.v2-1.shop')]))).toEqual([
      { pod: 'web.v2-1', namespace: 'shop', version: '1.31.0', synced: true },
    ]);
  });

  test.each<[string, States, object]>([
    ['all acknowledged', { CDS: 'SYNCED', LDS: 'SYNCED', EDS: 'SYNCED', RDS: 'SYNCED' }, { synced: true }],
    ['a type without news', { CDS: 'SYNCED', ECDS: 'NOT_SENT', WDS: 'UNKNOWN' }, { synced: true }],
    ['a type on its way', { CDS: 'SYNCED', LDS: 'STALE' }, { synced: false, reason: 'LDS was not acknowledged' }],
    [
      'a type of no short name',
      { WDS: 'STALE' },
      { synced: false, reason: 'istio.workload.Address was not acknowledged' },
    ],
    ['a type not yet sent', { CDS: 'SYNCED', EDS: 'NOT_SENT' }, { synced: false, reason: 'EDS was not sent' }],
    [
      'a rejection, whatever else',
      { CDS: 'STALE', RDS: 'ERROR' },
      { synced: false, rejected: true, reason: 'RDS was rejected: no such filter' },
    ],
    ['a stream just opened', {}, { synced: false, reason: 'it has not asked for its configuration' }],
  ])('says of %s', (_name, states, state) => {
    const [proxy] = parseProxyStatus(printed([client('web-1.shop', states, { details: 'no such filter' })]));
    expect(proxy).toEqual({ pod: 'web-1', namespace: 'shop', version: '1.31.0', ...state });
  });

  test.each<[string, object, object, object]>([
    [
      'what is in sync, of a proxy that came back',
      client('web-1.shop', { CDS: 'STALE' }, { updated: '2026-11-23T22:00:09Z' }),
      client('web-1.shop', { CDS: 'SYNCED' }, { updated: '2026-11-23T22:00:01Z' }),
      { synced: true },
    ],
    [
      'the newest, where nothing is in sync',
      client('web-1.shop', { CDS: 'STALE' }, { updated: '2026-11-23T22:00:01Z' }),
      client('web-1.shop', { LDS: 'STALE' }, { updated: '2026-11-23T22:00:09Z' }),
      { reason: 'LDS was not acknowledged' },
    ],
  ])('believes %s', (_name, one, other, state) => {
    expect(parseProxyStatus(printed([one], [other]))).toEqual([expect.objectContaining(state)]);
    expect(parseProxyStatus(printed([other], [one]))).toEqual([expect.objectContaining(state)]);
  });

  test('reads any text within the documents', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), (texts) => {
        const answers = texts.map((details, index) => [
          client(`p${index}.shop`, { CDS: 'ERROR' }, { details: `x${details}` }),
        ]);
        expect(parseProxyStatus(printed(...answers)).map(({ reason }) => reason)).toEqual(
          texts.map((details) => `CDS was rejected: x${details}`),
        );
      }),
    );
  });

  test.each(['No proxies', '{"resources": []}\nNo proxies', '{"resources": ', '{"a": "b'])('refuses %j', (text) => {
    expect(() => parseProxyStatus(text)).toThrow(SyntaxError);
  });
});
