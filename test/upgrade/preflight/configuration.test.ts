import { describe, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { type Labels, meshFacts, namespace, object, side, webhook } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

describe('hidden-proxies', () => {
  const allowed = (value: string) => [{ name: 'DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES', value }];

  test.each<Case>([
    ['an istiod that tells the namespace of the control plane', {}],
    ['one that tells it among others', { new: side({ revision: '1-31-1', env: allowed('monitoring, istio-system') }) }],
    [
      'one that asks nobody who he is',
      { new: side({ revision: '1-31-1', env: [{ name: 'ENABLE_DEBUG_ENDPOINT_AUTH', value: 'false' }] }) },
    ],
    [
      'a root namespace that is that of the control plane',
      { new: side({ revision: '1-31-1', mesh: 'rootNamespace: istio-system', env: [] }) },
    ],
    ['a mesh configuration without a root namespace', { new: side({ revision: '1-31-1', mesh: '', env: [] }) }],
  ])('lets %s pass', (_name, facts) => expectFound('hidden-proxies', facts, []));

  test('names each revision whose istiod hides them', () => {
    const facts = {
      old: side({ revision: '1-31-0', env: [] }),
      new: side({ revision: '1-31-1', env: allowed('monitoring') }),
    };
    expectFound('hidden-proxies', facts, [
      ['fail', 'Deployment istio-system/istiod-1-31-0', /root namespace of revision 1-31-0 is istio-config/],
      ['fail', 'Deployment istio-system/istiod-1-31-1', /root namespace of revision 1-31-1 is istio-config/],
    ]);
  });
});

describe('discovery-selectors', () => {
  const selecting = (old: string, next: string): Partial<MeshFacts> => ({
    old: side({ revision: 'a', mesh: old }),
    new: side({ revision: 'b', mesh: next }),
  });
  const one = 'discoverySelectors:\n- matchLabels: { a: "1", b: "2" }\n- matchLabels: { c: "3" }\n';
  const same = 'discoverySelectors:\n- matchLabels: { c: "3" }\n- matchLabels: { b: "2", a: "1" }\n';

  test.each<Case>([
    ['none', {}],
    ['the same, in another order', selecting(one, same)],
  ])('lets %s pass', (_name, facts) => expectFound('discovery-selectors', facts, []));

  test.each<[...Case, RegExp]>([
    [
      'appear',
      selecting('{}', one),
      /selectors of revisions a and b differ: none and \{"matchLabels":\{"a":"1","b":"2"\}\}, /,
    ],
    ['differ', selecting(one, 'discoverySelectors:\n- matchLabels: { c: "3" }\n'), /differ/],
  ])('names selectors that %s', (_name, facts, reason) => {
    expectFound('discovery-selectors', facts, [['fail', undefined, reason]]);
  });
});

describe('envoyfilter-unpinned', () => {
  const filter = (versions: (string | undefined)[], labels: Labels = {}): KubernetesObject =>
    object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'istio-config/headers', {
      labels,
      spec: {
        configPatches: versions.map((proxyVersion) => ({
          applyTo: 'HTTP_FILTER',
          ...(proxyVersion === undefined ? {} : { match: { proxy: { proxyVersion } } }),
        })),
      },
    });
  const minors = { old: side({ revision: 'a', version: '1.30.5' }), new: side({ revision: 'b', version: '1.31.0' }) };

  test.each<Case>([
    ['any EnvoyFilter within a minor version', { envoyFilters: [filter([undefined])] }],
    ['one that is pinned', { ...minors, envoyFilters: [filter(['^1\\.30.*', '^1\\.31.*'])] }],
    ['one for one revision', { ...minors, envoyFilters: [filter([undefined], { 'istio.io/rev': 'a' })] }],
  ])('lets %s pass', (_name, facts) => expectFound('envoyfilter-unpinned', facts, []));

  test('names one with a patch for every version, and the Envoy that it will meet', () => {
    expectFound('envoyfilter-unpinned', { ...minors, envoyFilters: [filter(['^1\\.30.*', undefined])] }, [
      ['warn', 'EnvoyFilter istio-config/headers', /1 of its 2 patches .* will meet Envoy 1\.39 \(Istio 1\.31\.0\)/],
    ]);
  });

  test('names it too where that Envoy is not known', () => {
    const next = side({ revision: 'b', version: '1.99.0' });
    expectFound('envoyfilter-unpinned', { new: next, envoyFilters: [filter([undefined])] }, [
      ['warn', 'EnvoyFilter istio-config/headers', /will meet the Envoy of Istio 1\.99\.0/],
    ]);
  });
});

describe('envoyfilter-lost', () => {
  const filter = (name: string, versions: (string | undefined)[], { labels = {}, ...spec }: Fields = {}) =>
    object('networking.istio.io/v1alpha3', 'EnvoyFilter', `istio-config/${name}`, {
      labels: labels as Labels,
      spec: {
        configPatches: versions.map((proxyVersion) => ({
          applyTo: 'HTTP_FILTER',
          match: { context: 'GATEWAY', ...(proxyVersion === undefined ? {} : { proxy: { proxyVersion } }) },
        })),
        ...spec,
      },
    });
  type Fields = Record<string, unknown>;
  const minors = { old: side({ revision: 'a', version: '1.30.5' }), new: side({ revision: 'b', version: '1.31.0' }) };
  const old = filter('headers', ['^1\\.30.*']);
  const bringing = (...config: KubernetesObject[]) => ({
    ...minors,
    new: side({ revision: 'b', version: '1.31.0', config }),
  });

  test.each<Case>([
    ['one for both versions', { ...minors, envoyFilters: [filter('headers', ['^1\\.3[01]'])] }],
    ['one for every version', { ...minors, envoyFilters: [filter('headers', [undefined])] }],
    ['one with a patch for each', { ...minors, envoyFilters: [filter('headers', ['^1\\.30.*', '^1\\.31.*'])] }],
    ['one beside one for the new version', { ...minors, envoyFilters: [old, filter('headers-1-31', ['^1\\.31.*'])] }],
    [
      'one beside one that the new bundle brings',
      { ...bringing(filter('headers-1-31', ['^1\\.31.*'])), envoyFilters: [old] },
    ],
    ['one that the new bundle brings for both', { ...bringing(filter('headers', ['^1\\.3'])), envoyFilters: [old] }],
    ['one for an older version still', { ...minors, envoyFilters: [filter('headers', ['^1\\.29.*'])] }],
    [
      'one for one revision',
      { ...minors, envoyFilters: [filter('headers', ['^1\\.30.*'], { labels: { 'istio.io/rev': 'a' } })] },
    ],
    ['a move within the versions that it is for', { envoyFilters: [filter('headers', ['^1\\.31.*'])] }],
  ])('lets %s pass', (_name, facts) => expectFound('envoyfilter-lost', facts, []));

  test.each<Case>([
    ['alone', { ...minors, envoyFilters: [old] }],
    [
      'beside one for the new version that selects other workloads',
      {
        ...minors,
        envoyFilters: [old, filter('others', ['^1\\.31.*'], { workloadSelector: { labels: { istio: 'egress' } } })],
      },
    ],
    ['beside one whose expression cannot be read', { ...minors, envoyFilters: [old, filter('broken', ['1.31(*'])] }],
    ['that the new bundle brings so', { ...bringing(old), envoyFilters: [] }],
  ])('names one for the old version %s', (_name, facts) =>
    expectFound('envoyfilter-lost', facts, [
      [
        'fail',
        'EnvoyFilter istio-config/headers',
        /1 of its 1 patches are for proxies of Istio 1\.30\.5 and not for those of 1\.31\.0, and no other patch takes their place/,
      ],
    ]),
  );
});

const api = 'gateway.networking.k8s.io/v1';
const classes = Object.entries({
  istio: 'istio.io/gateway-controller',
  remote: 'istio.io/unmanaged-gateway',
  other: 'example.com/gateway',
}).map(([name, controllerName]) => object(api, 'GatewayClass', name, { spec: { controllerName } }));

describe('gateway-api-tag', () => {
  /** The mesh, whose tag for gateways is `gateways`, with one Gateway. */
  const gateway = (path: string, labels: Labels, gatewayClassName = 'istio'): Partial<MeshFacts> => ({
    policy: { ...meshFacts().policy, gatewayApiTag: 'gateways' },
    namespaces: [...meshFacts().namespaces, namespace('edge', { 'istio.io/rev': 'gateways' }), namespace('plain')],
    gatewayClasses: classes,
    gateways: [object(api, 'Gateway', path, { labels, spec: { gatewayClassName } })],
  });
  const untagged = { ...gateway('plain/web', {}), policy: meshFacts().policy };

  test.each<Case>([
    ['a mesh without Gateways', {}],
    ['a Gateway with the tag', gateway('shop/web', { 'istio.io/rev': 'gateways' })],
    ['one whose namespace has the tag', gateway('edge/web', {})],
    ['one of another controller', gateway('shop/web', {}, 'other')],
    ['one of another cluster', gateway('shop/web', {}, 'remote')],
    ['one of another mesh', gateway('shop/web', { 'istio.io/rev': 'theirs' })],
  ])('lets %s pass', (_name, facts) => expectFound('gateway-api-tag', facts, []));

  test.each<[...Case, Found]>([
    [
      'with the tag of a group',
      gateway('plain/web', { 'istio.io/rev': 'tag-main' }),
      ['fail', 'Gateway plain/web', /follows the tag "tag-main" of a group of workloads: it would roll/],
    ],
    [
      'in a namespace of a group',
      gateway('shop/web', {}),
      ['fail', 'Gateway shop/web', /tag "tag-main" .*, which its namespace carries/],
    ],
    [
      'with the old revision',
      gateway('shop/web', { 'istio.io/rev': '1-31-0' }),
      ['fail', 'Gateway shop/web', /pinned to revision 1-31-0/],
    ],
    [
      'with the new revision',
      gateway('shop/web', { 'istio.io/rev': '1-31-1' }),
      ['fail', 'Gateway shop/web', /pinned to revision 1-31-1/],
    ],
    ['without a label', gateway('plain/web', {}), ['warn', 'Gateway plain/web', /follows the default tag/]],
    [
      'with the default tag',
      gateway('shop/web', { 'istio.io/rev': 'default' }),
      ['warn', 'Gateway shop/web', /follows the default tag/],
    ],
    ['with an empty label', gateway('shop/web', { 'istio.io/rev': '' }), ['warn', 'Gateway shop/web', /default tag/]],
    ['in a mesh that has no tag for it', untagged, ['warn', 'Gateway plain/web', /follows the default tag/]],
  ])('names a Gateway %s', (_name, facts, found) => expectFound('gateway-api-tag', facts, [found]));

  test('names the patches of the old version that interrupt a Gateway when it moves', () => {
    const tagged = gateway('shop/web', { 'istio.io/rev': 'gateways' });
    const of = (version: string) => ({ ...tagged, old: side({ revision: '1-31-0', version }) });
    expectFound('gateway-api-tag', of('1.30.2'), []);
    expectFound('gateway-api-tag', of('1.30.1'), [
      ['warn', undefined, /the istiod of 1\.30\.1 takes the configuration away from Gateways \(1 here\)/],
    ]);
    expectFound('gateway-api-tag', { ...of('1.30.1'), gateways: [] }, []);
  });
});

describe('gateway-unprogrammed', () => {
  const gateway = (programmed: Record<string, unknown>, gatewayClassName = 'istio'): Partial<MeshFacts> => ({
    gatewayClasses: classes,
    gateways: [
      object(api, 'Gateway', 'edge/web', {
        metadata: { generation: 2 },
        spec: { gatewayClassName },
        status: { conditions: [{ type: 'Programmed', observedGeneration: 2, status: 'True', ...programmed }] },
      }),
    ],
  });
  const noAddress = { status: 'False', message: 'address pending for hostname "web"' };

  test.each<Case>([
    ['a mesh without Gateways', {}],
    ['a Gateway that is programmed', gateway({})],
    ['one of another controller', gateway(noAddress, 'other')],
  ])('lets %s pass', (_name, facts) => expectFound('gateway-unprogrammed', facts, []));

  test.each<[...Case, RegExp]>([
    ['has no address', gateway(noAddress), /not programmed: address pending for hostname "web"/],
    ['was changed since', gateway({ observedGeneration: 1 }), /no istiod has looked at it as it stands/],
    ['has no such condition', gateway({ type: 'Accepted' }), /no istiod has looked at it/],
  ])('names a Gateway that %s', (_name, facts, reason) =>
    expectFound('gateway-unprogrammed', facts, [['fail', 'Gateway edge/web', reason]]),
  );
});

describe('config-revision', () => {
  const [from, to] = ['1-31-0', '1-31-1'];
  const bound = (revision: string | undefined, path = 'shop/header', kind = 'EnvoyFilter') =>
    object('networking.istio.io/v1alpha3', kind, path, {
      labels: revision === undefined ? {} : { 'istio.io/rev': revision },
    });
  const live = (...boundConfig: KubernetesObject[]): Partial<MeshFacts> => ({ boundConfig });
  const bringing = (...config: KubernetesObject[]) => ({ new: side({ revision: to, version: '1.31.1', config }) });
  const leaving = (...config: KubernetesObject[]) => ({ old: side({ revision: from, config }) });

  test.each<Case>([
    ['no configuration', {}],
    ['what the target revision reads', live(bound(to))],
    ['what the new bundle brings for every revision', bringing(bound(undefined))],
    ['what the new bundle brings for the target revision', bringing(bound(to))],
    ['what the new bundle unbinds', { ...live(bound(from)), ...leaving(bound(from)), ...bringing(bound(undefined)) }],
    ['one whose counterpart is live', live(bound(from), bound(to, 'shop/header-next'))],
    ['one whose counterpart the new bundle brings', { ...live(bound(from)), ...bringing(bound(to, 'shop/next')) }],
    [
      'one that both bundles have, with its counterpart',
      { ...live(bound(from)), ...bringing(bound(from), bound(to, 'shop/next')) },
    ],
    [
      'what another control plane of the cluster reads',
      {
        ...live(bound('theirs')),
        webhooks: [...meshFacts().webhooks, webhook('their-injector', { revision: 'theirs' })],
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('config-revision', facts, []));

  const lost: Found = [
    'fail',
    'EnvoyFilter shop/header',
    /^only revision 1-31-0 reads it: what moves to 1-31-1 loses it/,
  ];

  test.each<[...Case, Found]>([
    ['a live object that the source revision alone reads', live(bound(from)), lost],
    ['one that the new bundle still binds to it', { ...live(bound(from)), ...bringing(bound(from)) }, lost],
    ['one whose counterpart is of another kind', live(bound(from), bound(to, 'shop/header', 'Sidecar')), lost],
    ['one whose counterpart is in another namespace', live(bound(from), bound(to, 'payments/header')), lost],
    [
      'one of the root namespace',
      live(bound(from, 'istio-config/header')),
      ['fail', 'EnvoyFilter istio-config/header', /what moves to 1-31-1 loses it/],
    ],
    [
      'one that others call, wherever it is',
      live(bound(from, 'plain/web', 'VirtualService')),
      ['fail', 'VirtualService plain/web', /what moves to 1-31-1 loses it/],
    ],
    [
      'one in a namespace where nothing moves',
      live(bound(from, 'plain/header')),
      ['warn', 'EnvoyFilter plain/header', /no workload that moves is in its namespace/],
    ],
    [
      'one that the new bundle binds to the target under the same name',
      { ...live(bound(from)), ...leaving(bound(from)), ...bringing(bound(to)) },
      ['fail', 'EnvoyFilter shop/header', /from the step config on, the workloads that are still on 1-31-0 lose it/],
    ],
    [
      'one that the new bundle has no longer',
      { ...live(bound(from)), ...leaving(bound(from)) },
      ['warn', 'EnvoyFilter shop/header', /the new bundle has none in its place/],
    ],
    [
      'one that the new bundle brings for the source revision',
      bringing(bound(from)),
      ['warn', 'EnvoyFilter shop/header', /^only revision 1-31-0 would read it/],
    ],
    [
      'one that is labelled with a tag',
      live(bound('tag-main')),
      ['warn', 'EnvoyFilter shop/header', /tag "tag-main", .* nobody reads it, and nobody validates it/],
    ],
    [
      'one for a revision that there is none of',
      live(bound('1-29-0')),
      ['note', 'EnvoyFilter shop/header', /revision "1-29-0", which is not in this cluster/],
    ],
  ])('names %s', (_name, facts, found) => expectFound('config-revision', facts, [found]));
});
