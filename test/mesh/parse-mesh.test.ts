import { describe, expect, test } from 'vitest';
import { healthParts } from '../../src/mesh/health-policy.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { mesh, meshText } from '../support/meshes.ts';

function errorOf(text: string): string {
  try {
    parseMesh(text, 'mesh.yaml');
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  return 'no error';
}

describe('a good mesh file', () => {
  test('gets the standard scheme and production defaults', () => {
    const { controlPlane, istio, namespaces } = mesh();
    expect(namespaces).toEqual({ root: 'istio-config', controlPlane: 'istio-system', gateways: 'istio-gateways' });
    expect(istio).toEqual({
      version: '1.31.0',
      revision: '1-31-0',
      installer: 'istioctl',
      hub: 'docker.io/istio',
      profile: 'default',
      values: {},
    });
    expect(controlPlane).toEqual({
      replicas: { min: 2, max: 5 },
      accessLog: 'json',
      dnsCapture: false,
      outboundTrafficPolicy: 'ALLOW_ANY',
      trustDomain: 'cluster.local',
    });
  });

  test('gives a gateway what its class decides', () => {
    const [egress, eastwest] = mesh(
      'controlPlane: { network: n1 }\ngateways: [{ name: egress, class: egress }, { name: eastwest, class: eastwest, namespace: istio-eastwest }]',
    ).gateways;
    expect(egress).toMatchObject({ namespace: 'istio-gateways', service: { type: 'ClusterIP' } });
    expect(eastwest).toMatchObject({ namespace: 'istio-eastwest', service: { type: 'LoadBalancer' } });
    expect(eastwest?.ports.map(({ port }) => port)).toEqual([15021, 15443, 15012, 15017]);
  });

  test('gives groups and upgrades what is safe where nothing is said', () => {
    const parsed = mesh(`groups: [${group('a', 'prod', 'shop')}]`);
    expect(parsed.groups).toEqual([
      { name: 'a', namespaces: { names: ['shop'] }, tag: 'prod', label: 'managed', batch: 1, soak: '0s' },
    ]);
    expect(parsed.upgrade).toEqual({ soak: '0s', acknowledgeNotes: false, waivers: [] });
    expect(parsed.gatewayApi).toBeUndefined();
  });

  test('orders environments, and gives each cluster its context and a wave of its own', () => {
    const environments = [
      'environments:',
      '  production: { after: [dev], clusters: [{ name: p1 }, { name: p2, context: eu }], gate: { approval: true, needs: [tags, objects, tags] } }',
      '  dev: { clusters: [{ name: dev }] }',
    ].join('\n');
    expect(parseMesh(meshText({ environments }), 'mesh.yaml').environments).toEqual([
      {
        name: 'dev',
        after: [],
        clusters: [{ name: 'dev', context: 'dev' }],
        waves: [['dev']],
        gate: { approval: false, identity: 'optional', needs: [...healthParts] },
      },
      {
        name: 'production',
        after: ['dev'],
        clusters: [
          { name: 'p1', context: 'p1' },
          { name: 'p2', context: 'eu' },
        ],
        waves: [['p1'], ['p2']],
        gate: { approval: true, identity: 'optional', needs: ['objects', 'tags'] },
      },
    ]);
  });
});

const group = (name: string, tag: string, namespace: string) =>
  `{ name: ${name}, tag: ${tag}, namespaces: { names: [${namespace}] } }`;

describe('a bad mesh file', () => {
  test.each<[title: string, text: string, lines: string[]]>([
    ['empty', '', ['mesh.yaml:1: expected one mesh, got an empty file; write one mesh into one file']],
    [
      'of two documents',
      'a: 1\n---\nb: 2\n',
      ['mesh.yaml:1: expected one mesh, got 2 documents; write one mesh into one file'],
    ],
    ['that is a list', '[]', ['mesh.yaml:1: expected a mapping, got an empty list']],
    [
      'that is an IstioOperator',
      'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n',
      [
        'mesh.yaml:2: kind: expected a mesh file, got an IstioOperator, which no operator reads in a cluster since Istio 1.24; move its spec.values and spec.meshConfig to istio.values and its gateways to gateways',
      ],
    ],
    [
      'without a version',
      meshText({ istio: 'istio: {}' }),
      ['mesh.yaml:2: istio.version: expected an exact version of Istio, in quotes: "1.31.0", got nothing; add it'],
    ],
    [
      'with a number for a version',
      meshText({ istio: 'istio: { version: 1.31 }' }),
      ['mesh.yaml:2: istio.version: expected an exact version of Istio, in quotes: "1.31.0", got 1.31'],
    ],
    [
      'with a range for a version',
      meshText({ istio: 'istio: { version: 1.31.x }' }),
      ['mesh.yaml:2: istio.version: expected an exact version of Istio: 1.31.0, got "1.31.x"'],
    ],
    [
      'with a v before the version',
      meshText({ istio: 'istio: { version: v1.31.0 }' }),
      ['mesh.yaml:2: istio.version: expected an exact version of Istio: 1.31.0, got "v1.31.0"'],
    ],
    [
      'with another installer',
      meshText({ istio: 'istio:\n  version: 1.31.0\n  installer: helm' }),
      ['mesh.yaml:4: istio.installer: expected "istioctl", the one installer there is, got "helm"'],
    ],
    [
      'with an unknown key',
      meshText({ more: 'controlplane: {}' }),
      ['mesh.yaml:4: controlplane: expected a known key, got "controlplane"; did you mean "controlPlane"?'],
    ],
    [
      'with an unknown key that is near to nothing',
      meshText({ istio: 'istio: { version: 1.31.0, x: 1 }' }),
      [
        'mesh.yaml:2: istio.x: expected a known key, got "x"; there are "version", "revision", "installer", "hub", "profile", "compatibilityVersion", "values"',
      ],
    ],
    [
      'with several errors, in order',
      meshText({ name: 'name: Acme', more: 'controlPlane:\n  accessLog: jsn\n  replicas: { min: 1, max: 5 }\n' }),
      [
        'mesh.yaml:1: name: expected a name of at most 63 lower-case letters, digits and dashes (DNS-1123), got "Acme"',
        'mesh.yaml:5: controlPlane.accessLog: expected one of "json", "text", "none", got "jsn"; did you mean "json"?',
        'mesh.yaml:6: controlPlane.replicas.min: expected a whole number of at least 2, got 1',
      ],
    ],
    [
      'with a max below min',
      meshText({ more: 'controlPlane: { replicas: { min: 3, max: 2 } }' }),
      ['mesh.yaml:4: controlPlane.replicas.max: expected a max that is not below min, got 2'],
    ],
    [
      'with a bad duration',
      meshText({ more: 'controlPlane: { drainDuration: 5 }' }),
      ['mesh.yaml:4: controlPlane.drainDuration: expected a duration such as 5s, 250ms or 1m30s, got 5'],
    ],
    [
      'with a bad quantity',
      meshText({ more: 'controlPlane: { resources: { requests: { cpu: lots } } }' }),
      ['mesh.yaml:4: controlPlane.resources.requests.cpu: expected a quantity such as 500m, 2 or 2Gi, got "lots"'],
    ],
    [
      'with a namespace of Kubernetes',
      meshText({ more: 'namespaces: { root: kube-system }' }),
      [
        'mesh.yaml:4: namespaces.root: expected a namespace that is not one of Kubernetes itself (kube-…), got "kube-system"',
      ],
    ],
    [
      'with the revision default',
      meshText({ istio: 'istio: { version: 1.31.0, revision: default }' }),
      [
        'mesh.yaml:2: istio.revision: expected the name of a revision, got "default", which is a tag; leave it out to take the version',
      ],
    ],
    [
      'with values that the file sets itself',
      meshText({
        istio:
          'istio:\n  version: 1.31.0\n  values:\n    meshConfig:\n      rootNamespace: x\n    global: { hub: gcr.io/istio-release }',
      }),
      [
        'mesh.yaml:6: istio.values.meshConfig.rootNamespace: expected no value that the mesh file sets itself, got "meshConfig.rootNamespace"; set namespaces.root',
        'mesh.yaml:7: istio.values.global.hub: expected no value that the mesh file sets itself, got "global.hub"; set istio.hub',
      ],
    ],
    [
      'with values that contradict the rest of the file',
      meshText({
        istio:
          'istio:\n  version: 1.31.0\n  values:\n    pilot: { autoscaleMin: 1 }\n    meshConfig:\n      discoverySelectors: []\n      extensionProviders: []',
        more: 'controlPlane: { tracing: { service: otel.tracing } }',
      }),
      [
        'mesh.yaml:5: istio.values.pilot.autoscaleMin: expected no value that the mesh file sets itself, got "pilot.autoscaleMin"; set controlPlane.replicas.min',
        'mesh.yaml:7: istio.values.meshConfig.discoverySelectors: expected no value that the mesh file sets itself, got "meshConfig.discoverySelectors"; set controlPlane.discoverySelectors',
        'mesh.yaml:8: istio.values.meshConfig.extensionProviders: expected no list that takes the place of the one that controlPlane.tracing fills, got "meshConfig.extensionProviders"; leave controlPlane.tracing out and set all of it here, or remove it',
      ],
    ],
    [
      'with values of charts that are not rendered',
      meshText({
        istio:
          'istio:\n  version: 1.31.0\n  values:\n    gateways: { istio-ingressgateway: { enabled: true }, seccompProfile: { type: Unconfined } }\n    cni: {}\n    pilot: { cni: { enabled: true } }',
      }),
      [
        'mesh.yaml:5: istio.values.gateways.istio-ingressgateway: expected no value of a chart that is not rendered, got "gateways.istio-ingressgateway": it would bring a gateway that nothing of the mesh file manages, or none; set gateways of the mesh file',
        'mesh.yaml:6: istio.values.cni: expected no value of a chart that is not rendered, got "cni": it has no effect, for the CNI agent is not delivered; remove it',
        'mesh.yaml:7: istio.values.pilot.cni: expected no value of a chart that is not rendered, got "pilot.cni": it has no effect, for the CNI agent is not delivered; remove it',
      ],
    ],
    [
      'with a hub that is an address',
      meshText({ istio: 'istio: { version: 1.31.0, hub: "https://docker.io/istio" }' }),
      [
        'mesh.yaml:2: istio.hub: expected a registry and its path, without scheme, tag or digest: docker.io/istio, got "https://docker.io/istio"',
      ],
    ],
    [
      'with a port in the host of the tracing collector',
      meshText({ more: 'controlPlane: { tracing: { service: "otel.tracing:4317" } }' }),
      [
        'mesh.yaml:4: controlPlane.tracing.service: expected a host, without scheme or port: otel-collector.observability.svc.cluster.local (its port is tracing.port), got "otel.tracing:4317"',
      ],
    ],
    [
      'with a gateway twice',
      meshText({ more: 'gateways:\n  - { name: a, class: ingress }\n  - { name: a, class: egress }' }),
      ['mesh.yaml:6: gateways[1].name: expected a name for each gateway, got "a" a second time'],
    ],
    [
      'with a gateway of no class',
      meshText({ more: 'gateways: [{ name: a, class: ingres }]' }),
      [
        'mesh.yaml:4: gateways[0].class: expected one of "ingress", "egress", "eastwest", got "ingres"; did you mean "ingress"?',
      ],
    ],
    [
      'with a port twice',
      meshText({
        more: 'gateways: [{ name: a, class: ingress, ports: [{ name: x, port: 80 }, { name: y, port: 80 }] }]',
      }),
      ['mesh.yaml:4: gateways[0].ports[1].port: expected each port once, got "TCP 80" a second time'],
    ],
    [
      'with an east-west gateway and no network',
      meshText({ more: 'gateways: [{ name: a, class: eastwest }]' }),
      [
        'mesh.yaml:4: gateways[0].class: expected a network for every cluster behind an east-west gateway, got none for "dev"; set controlPlane.network',
      ],
    ],
    [
      'with a tag that is the revision',
      meshText({ more: `groups: [${group('a', '1-31-0', 'shop')}]` }),
      [
        'mesh.yaml:4: groups[0].tag: expected a tag that is neither "default" nor the revision, got "1-31-0"; a tag outlives revisions: "prod"',
      ],
    ],
    [
      'with one tag for two groups',
      meshText({ more: `groups: [${group('a', 'prod', 'shop')}, ${group('b', 'prod', 'pay')}]` }),
      [
        'mesh.yaml:4: groups[1].tag: expected a tag for each group and one for the Gateway API, so that one moves after the other, got "prod" a second time',
      ],
    ],
    [
      'with the tag of a group for the Gateway API',
      meshText({ more: `groups: [${group('a', 'prod', 'shop')}]\ngatewayApi: { tag: prod }` }),
      [
        'mesh.yaml:5: gatewayApi.tag: expected a tag for each group and one for the Gateway API, so that one moves after the other, got "prod" a second time',
      ],
    ],
    [
      'with the default tag for the Gateway API',
      meshText({ more: 'gatewayApi: { tag: default }' }),
      [
        'mesh.yaml:4: gatewayApi.tag: expected a tag that is neither "default" nor the revision, got "default"; a tag outlives revisions: "prod"',
      ],
    ],
    [
      'with the revision for the Gateway API',
      meshText({ istio: 'istio: { version: 1.31.0, revision: blue }', more: 'gatewayApi:\n  tag: blue' }),
      [
        'mesh.yaml:5: gatewayApi.tag: expected a tag that is neither "default" nor the revision, got "blue"; a tag outlives revisions: "prod"',
      ],
    ],
    [
      'without a tag for the Gateway API',
      meshText({ more: 'gatewayApi: {}' }),
      ['mesh.yaml:4: gatewayApi.tag: expected a name, got nothing; add it'],
    ],
    [
      'with a tag that is too long for the name of its Service',
      meshText({ more: `gatewayApi: { tag: ${'t'.repeat(44)} }` }),
      [`mesh.yaml:4: gatewayApi.tag: expected a name of at most 43 characters, got "${'t'.repeat(44)}"`],
    ],
    [
      'with what no group can be',
      meshText({
        more: [
          'groups:',
          '  - name: a',
          '    tag: prod',
          '    namespaces: { names: [] }',
          '    label: mine',
          '    batch: 0',
          '    soak: 10',
          '    maxUnavailable: 1',
        ].join('\n'),
      }),
      [
        'mesh.yaml:7: groups[0].namespaces.names: expected at least one namespace, got an empty list',
        'mesh.yaml:8: groups[0].label: expected one of "managed", "owner", got "mine"; there are "managed", "owner"',
        'mesh.yaml:9: groups[0].batch: expected a whole number of at least 1, got 0',
        'mesh.yaml:10: groups[0].soak: expected a duration such as 5s, 250ms or 1m30s, got 10',
        'mesh.yaml:11: groups[0].maxUnavailable: expected a known key, got "maxUnavailable"; there are "name", "namespaces", "tag", "label", "batch", "soak"',
      ],
    ],
    [
      'with half a workload at a time',
      meshText({
        more: 'groups: [{ name: a, tag: prod, namespaces: { names: [shop] }, batch: 0.5 }]',
      }),
      ['mesh.yaml:4: groups[0].batch: expected a whole number of at least 1, got 0.5'],
    ],
    [
      'with what no upgrade can go by',
      meshText({ more: 'upgrade:\n  soak: a day\n  acknowledgeNotes: yes\n  waiver: []' }),
      [
        'mesh.yaml:5: upgrade.soak: expected a duration such as 5s, 250ms or 1m30s, got "a day"',
        'mesh.yaml:6: upgrade.acknowledgeNotes: expected true or false, got "yes"',
        'mesh.yaml:7: upgrade.waiver: expected a known key, got "waiver"; did you mean "waivers"?',
      ],
    ],
    [
      'with waivers that name no check or no reason',
      meshText({
        more: [
          'upgrade:',
          '  waivers:',
          '    - { reason: it was always so }',
          '    - { check: recreate }',
          '    - { check: recreate, reason: no }',
          '    - { check: recreate, object: "", reason: nobody shops at night }',
        ].join('\n'),
      }),
      [
        'mesh.yaml:6: upgrade.waivers[0].check: expected a name, got nothing; add it',
        'mesh.yaml:7: upgrade.waivers[1].reason: expected a reason, got nothing; add it',
        'mesh.yaml:8: upgrade.waivers[2].reason: expected a reason of at least 10 characters, got "no"',
        'mesh.yaml:9: upgrade.waivers[3].object: expected some text, got ""',
      ],
    ],
    [
      'with a namespace in two groups',
      meshText({ more: `groups: [${group('a', 't1', 'shop')}, ${group('b', 't2', 'shop')}]` }),
      ['mesh.yaml:4: groups[1].namespaces.names[0]: expected a namespace in one group only, got "shop" a second time'],
    ],
    [
      "with the mesh's own namespace in a group",
      meshText({ more: `groups: [${group('a', 't1', 'istio-gateways')}]` }),
      [
        `mesh.yaml:4: groups[0].namespaces.names[0]: expected a namespace of applications, got "istio-gateways", which is the mesh's own`,
      ],
    ],
    [
      'with an absolute config directory',
      meshText({ more: 'config: [{ owner: root, path: /etc }]' }),
      [
        'mesh.yaml:4: config[0].path: expected a path relative to the mesh file, got "/etc"; a bundle must not depend on the machine',
      ],
    ],
    [
      'with config for a namespace of no group',
      meshText({
        more: `groups: [${group('a', 't1', 'shop')}]\nconfig: [{ owner: services, path: c, namespaces: [shp] }]`,
      }),
      ['mesh.yaml:5: config[0].namespaces[0]: expected a namespace of a group, got "shp"; did you mean "shop"?'],
    ],
    [
      'with namespaces for root config',
      meshText({ more: 'config: [{ owner: root, path: c, namespaces: [shop] }]' }),
      [
        'mesh.yaml:4: config[0].namespaces: expected namespaces only where owner is "services", got them for "root"; remove them',
      ],
    ],
    [
      'without environments',
      meshText({ environments: 'environments: {}' }),
      ['mesh.yaml:3: environments: expected at least one environment, got a mapping'],
    ],
    [
      'with a badly named environment',
      meshText({ environments: 'environments: { Dev: { clusters: [{ name: dev }] } }' }),
      [
        'mesh.yaml:3: environments.Dev: expected a name of at most 63 lower-case letters, digits and dashes (DNS-1123), got "Dev"',
      ],
    ],
    [
      'with an unknown environment in after',
      meshText({
        environments:
          'environments:\n  dev: { clusters: [{ name: dev }] }\n  prod: { after: [dv], clusters: [{ name: prod }] }',
      }),
      ['mesh.yaml:5: environments.prod.after[0]: expected an environment, got "dv"; did you mean "dev"?'],
    ],
    [
      'with a cycle of environments',
      meshText({
        environments:
          'environments:\n  a: { after: [b], clusters: [{ name: a }] }\n  b: { after: [a], clusters: [{ name: b }] }',
      }),
      ['mesh.yaml:4: environments.a.after: expected an order, got the cycle a → b → a; take one of them out of after'],
    ],
    [
      'with a cluster in two environments',
      meshText({
        environments:
          'environments:\n  a: { clusters: [{ name: c, context: x }] }\n  b: { clusters: [{ name: c, context: y }] }',
      }),
      [
        'mesh.yaml:5: environments.b.clusters[0].name: expected a cluster in one environment only, got "c" a second time',
      ],
    ],
    [
      'with two names for one context',
      meshText({
        environments:
          'environments:\n  a: { clusters: [{ name: c, context: x }] }\n  b: { clusters: [{ name: d, context: x }] }',
      }),
      ['mesh.yaml:5: environments.b.clusters[0].context: expected a context for each cluster, got "x" a second time'],
    ],
    [
      'with bad waves',
      meshText({
        environments: 'environments: { a: { clusters: [{ name: c1 }, { name: c2 }], waves: [[c1], [c1, c3]] } }',
      }),
      [
        'mesh.yaml:3: environments.a.waves[1][0]: expected a cluster in one wave only, got "c1" a second time',
        'mesh.yaml:3: environments.a.waves[1][1]: expected a cluster of the environment, got "c3"; did you mean "c1"?',
        'mesh.yaml:3: environments.a.waves: expected every cluster in a wave, got none with "c2"; add it',
      ],
    ],
    [
      'that overrides what is the same everywhere',
      meshText({
        environments:
          'environments: { a: { clusters: [{ name: c, overrides: { controlPlane: { trustDomain: x } } }] } }',
      }),
      [
        'mesh.yaml:3: environments.a.clusters[0].overrides.controlPlane.trustDomain: expected a known key, got "trustDomain"; it is the same in every environment: set it once, outside the overrides',
      ],
    ],
    [
      'that overrides a gateway that is not there',
      meshText({
        environments:
          'environments: { a: { clusters: [{ name: c }], overrides: { gateways: { ingres: { replicas: { min: 1, max: 1 } } } } } }',
        more: 'gateways: [{ name: ingress, class: ingress }]',
      }),
      [
        'mesh.yaml:3: environments.a.overrides.gateways.ingres: expected the name of a gateway, got "ingres"; did you mean "ingress"?',
      ],
    ],
    [
      'with a bad identity',
      meshText({ environments: 'environments: { a: { clusters: [{ name: c, identity: x }] } }' }),
      ['mesh.yaml:3: environments.a.clusters[0].identity: expected the UID of the namespace kube-system, got "x"'],
    ],
  ])('%s is refused', (_, text, lines) => {
    const count = lines.length === 1 ? 'an error' : `${lines.length} errors`;
    expect(errorOf(text)).toBe([`mesh.yaml has ${count}`, ...lines].join('\n'));
  });

  test('is refused for a key that stands there twice', () => {
    expect(errorOf('name: a\nname: b\n')).toBe(
      'mesh.yaml:2: is no valid YAML: duplicated mapping key; correct the line',
    );
  });
});
