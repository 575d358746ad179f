import { describe, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { object, side } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

const api = 'apiextensions.k8s.io/v1';

function definition(name: string, versions: string[], storedVersions: string[] = []): KubernetesObject {
  const spec = { versions: versions.map((version) => ({ name: version, served: true })) };
  return object(api, 'CustomResourceDefinition', name, { spec, status: { storedVersions } });
}

describe('stored-versions', () => {
  const name = 'sidecars.networking.istio.io';
  const next = side({ revision: '1-31-1', version: '1.31.1', crds: [definition(name, ['v1', 'v1beta1'])] });

  test.each<Case>([
    ['a type that is not there yet', { new: next }],
    ['one whose stored versions stay', { new: next, definitions: [definition(name, ['v1'], ['v1', 'v1beta1'])] }],
    ['a type of somebody else', { new: next, definitions: [definition('things.example.com', ['v1'], ['v0'])] }],
  ])('lets %s pass', (_name, facts) => expectFound('stored-versions', facts, []));

  test('names the versions that the new definition lacks', () => {
    const definitions = [definition(name, ['v1', 'v1alpha3'], ['v1alpha3', 'v1'])];
    expectFound('stored-versions', { new: next, definitions }, [
      ['fail', `CustomResourceDefinition ${name}`, /stored in v1alpha3, which Istio 1\.31\.1 no longer has/],
    ]);
  });
});

describe('gateway-api-bounds', () => {
  function installed(plural: string, kind: string, version?: string): KubernetesObject {
    return object(api, 'CustomResourceDefinition', `${plural}.gateway.networking.k8s.io`, {
      metadata: version === undefined ? {} : { annotations: { 'gateway.networking.k8s.io/bundle-version': version } },
      spec: { names: { kind } },
    });
  }
  const tls = (version?: string) => installed('tlsroutes', 'TLSRoute', version);
  const tcp = (version?: string) => installed('tcproutes', 'TCPRoute', version);
  const routes = [object('gateway.networking.k8s.io/v1', 'TLSRoute', 'shop/web')];
  const between = (old: string, next: string): Partial<MeshFacts> => ({
    old: side({ revision: 'a', version: old }),
    new: side({ revision: 'b', version: next }),
  });
  const tlsName = 'CustomResourceDefinition tlsroutes.gateway.networking.k8s.io';
  const tcpName = 'CustomResourceDefinition tcproutes.gateway.networking.k8s.io';

  test.each<Case>([
    ['a cluster without the Gateway API', { routes }],
    ['CRDs within the bounds of both', { definitions: [tls('v1.6.0'), tcp('v1.6.0')], routes }],
    ['a release candidate of the bound', { definitions: [tcp('v1.6.0-rc.1')] }],
    ['CRDs that have no bounds', { definitions: [installed('httproutes', 'HTTPRoute', 'v0.8.0')] }],
  ])('lets %s pass', (_name, facts) => expectFound('gateway-api-bounds', facts, []));

  test.each<[...Case, Found[]]>([
    [
      'CRDs that are too old for objects that are there',
      { ...between('1.30.5', '1.30.6'), definitions: [tls('v1.4.1')], routes },
      [
        [
          'fail',
          tlsName,
          /Istio 1\.30\.5 reads TLSRoute .* at least v1\.5\.0; this one is of v1\.4\.1, so 1 of them are/,
        ],
        ['fail', tlsName, /Istio 1\.30\.6 reads TLSRoute/],
      ],
    ],
    [
      'CRDs that are too old for the new version alone, where nobody uses them',
      { ...between('1.30.5', '1.31.0'), definitions: [tcp('v1.5.1')] },
      [['warn', tcpName, /Istio 1\.31\.0 reads TCPRoute .* so any would be ignored/]],
    ],
    [
      'the gap of TLSRoutes between 1.29 and 1.30 with old CRDs',
      { ...between('1.29.9', '1.30.5'), definitions: [tls('v1.4.1')], routes },
      [['fail', tlsName, /Istio 1\.30\.5 .* at least v1\.5\.0/]],
    ],
    [
      'the gap of TLSRoutes between 1.29 and 1.30 with new CRDs',
      { ...between('1.29.9', '1.30.5'), definitions: [tls('v1.5.1')], routes },
      [['fail', tlsName, /Istio 1\.29\.9 .* at most v1\.4\.1/]],
    ],
    [
      'CRDs that do not say where they come from',
      { ...between('1.30.5', '1.31.0'), definitions: [tcp()] },
      [['warn', tcpName, /this one is of none/]],
    ],
    [
      'versions of Istio whose bounds are not known',
      { ...between('1.31.0', '1.99.0'), definitions: [tls('v1.6.0')] },
      [
        [
          'warn',
          undefined,
          /1\.99\.0 is not known to this version of istio-delivery, so it cannot say which Gateway API/,
        ],
      ],
    ],
  ])('names %s', (_name, facts, found) => expectFound('gateway-api-bounds', facts, found));
});
