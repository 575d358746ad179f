import type { KubernetesObject } from '../../ports/objects.ts';
import {
  outsidePort,
  type SampleGateway,
  type SampleOptions,
  sampleHosts,
  sampleNamespaces,
  samplePorts,
  serviceHost,
} from './sample-options.ts';

const apiVersion = 'networking.istio.io/v1';
const namespace = sampleNamespaces.front;

// Whatever the mesh's default is, the gateways must see these.
const exportTo = ['*'];

/** Istio's objects that lead into the sample, through it and out of it. */
export function sampleRoutes({
  ingress,
  egress,
  asks = [],
}: Pick<SampleOptions, 'ingress' | 'egress' | 'asks'>): KubernetesObject[] {
  return [
    ...visibility([...(egress === undefined ? [] : [egress.namespace]), ...asks]),
    outsideHost(),
    ...(ingress === undefined ? [] : wayIn(ingress)),
    ...(egress === undefined ? [] : wayOut(egress)),
  ];
}

/** What the sidecars know and whom they let in, where the mesh's root has it narrower than the sample needs. */
function visibility(asked: readonly string[]): KubernetesObject[] {
  const { front, back } = sampleNamespaces;
  const seen = [
    { namespace: front, hosts: ['./*', ...new Set([back, ...asked].map((each) => `${each}/*`))] },
    { namespace: back, hosts: ['./*'] },
  ];
  return seen.flatMap(({ namespace, hosts }) => [
    { apiVersion, kind: 'Sidecar', metadata: { name: 'default', namespace }, spec: { egress: [{ hosts }] } },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'rehearsal', namespace },
      spec: { action: 'ALLOW', rules: [{}] },
    },
  ]);
}

function wayIn({ name, port }: SampleGateway): KubernetesObject[] {
  const { front, back } = sampleNamespaces;
  return [
    gateway('rehearsal-ingress', { name, port, hosts: [sampleHosts.front, sampleHosts.back] }),
    virtualService('rehearsal-front', {
      hosts: [sampleHosts.front],
      gateways: ['rehearsal-ingress'],
      http: [{ route: [to(serviceHost('front', front), samplePorts.http)] }],
    }),
    virtualService('rehearsal-grpc', {
      hosts: [sampleHosts.back],
      gateways: ['rehearsal-ingress'],
      http: [{ route: [to(serviceHost('back', back), samplePorts.grpc)] }],
    }),
  ];
}

function outsideHost(): KubernetesObject {
  return {
    apiVersion,
    kind: 'ServiceEntry',
    metadata: { name: 'rehearsal-outside', namespace },
    spec: {
      hosts: [sampleHosts.outside],
      exportTo,
      location: 'MESH_EXTERNAL',
      ports: [{ number: outsidePort, name: 'http', protocol: 'HTTP' }],
      resolution: 'DNS',
      endpoints: [{ address: serviceHost('outside', sampleNamespaces.outside) }],
    },
  };
}

/** From every sidecar to the egress gateway, and from there to the host. */
function wayOut({ name, namespace: itsNamespace, port }: SampleGateway): KubernetesObject[] {
  return [
    gateway('rehearsal-egress', { name, port, hosts: [sampleHosts.outside] }),
    virtualService('rehearsal-outside', {
      hosts: [sampleHosts.outside],
      gateways: ['mesh', 'rehearsal-egress'],
      http: [
        { match: [{ gateways: ['mesh'], port: outsidePort }], route: [to(serviceHost(name, itsNamespace), port)] },
        { match: [{ gateways: ['rehearsal-egress'], port }], route: [to(sampleHosts.outside, outsidePort)] },
      ],
    }),
  ];
}

function gateway(name: string, server: { name: string; port: number; hosts: string[] }): KubernetesObject {
  return {
    apiVersion,
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: {
      selector: { istio: server.name },
      servers: [{ port: { number: server.port, name: 'http', protocol: 'HTTP' }, hosts: server.hosts }],
    },
  };
}

function virtualService(name: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion, kind: 'VirtualService', metadata: { name, namespace }, spec: { ...spec, exportTo } };
}

function to(host: string, port: number) {
  return { destination: { host, port: { number: port } } };
}
