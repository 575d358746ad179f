import type { HttpTarget } from '../../mesh/probe-policy.ts';
import type { TrafficSource } from '../../probe/traffic-source.ts';
import type { LoggedTarget } from '../access-log/name-witnesses.ts';
import {
  outsidePort,
  type SampleOptions,
  sampleHosts,
  sampleNamespaces,
  samplePorts,
  serviceHost,
} from './sample-options.ts';

/** Seconds after which a stream that broke must be back. */
const backWithinSeconds = 5;

export interface SampleTargets {
  /** What the load generator asks. */
  http: HttpTarget[];
  /** What the sample's own client asks. */
  clients: TrafficSource[];
}

/** How what the sample's own client asks looks to a proxy. */
export function sampleCalls({ ingress }: SampleOptions): LoggedTarget[] {
  const authority = ingress ? sampleHosts.back : directly('back', 'grpc');
  const service = ingress ?? { name: 'back', namespace: sampleNamespaces.back };
  return [
    { target: 'grpc-ingress', method: 'Echo' },
    { target: 'stream', method: 'Stream' },
  ].map(({ target, method }) => ({
    target,
    authority,
    path: `/istiodelivery.sample.Echo/${method}`,
    service: { name: service.name, namespace: service.namespace },
  }));
}

/** The one that tells how slow the machine is. */
export const controlTarget = 'machine';

/** One target for each kind of traffic, asked by pods outside the mesh. */
export function sampleTargets(options: SampleOptions): SampleTargets {
  return {
    http: [
      fresh(target(options, 'ingress', '/')),
      target(options, 'http1', '/http1'),
      target(options, 'http2', '/http2'),
      target(options, 'grpc', '/grpc'),
      target(options, 'tcp', '/tcp'),
      target(options, 'egress', '/egress'),
      // Past every gateway and without a certificate, as a client that is not in the mesh yet.
      direct(options, 'plain', '/'),
      control(options),
    ],
    clients: [client(options, 'grpc-ingress', 'grpc'), client(options, 'stream', 'stream')],
  };
}

/** Over a connection of its own each time: one that is kept goes to the old gateway for as long as that is there. */
function fresh(asked: HttpTarget): HttpTarget {
  return { ...asked, headers: { ...asked.headers, Connection: 'close' } };
}

function target(options: SampleOptions, name: string, path: string): HttpTarget {
  const { ingress, rate } = options;
  if (ingress === undefined) return direct(options, name, path);
  const url = `http://${ingress.name}.${ingress.namespace}:${ingress.port}${path}`;
  return { name, url, method: 'GET', headers: { Host: sampleHosts.front }, rate };
}

/** Asked without a proxy on the way, which would know when a pod ends: an idle connection to it would outlive its server. */
function direct({ rate }: SampleOptions, name: string, path: string): HttpTarget {
  const url = `http://${directly('front', 'http')}${path}`;
  return { name, url, method: 'GET', headers: { Connection: 'close' }, rate };
}

/** Asked where no proxy is at either end: it is as slow as the machine. */
function control({ rate }: SampleOptions): HttpTarget {
  const url = `http://${serviceHost('outside', sampleNamespaces.outside)}:${outsidePort}/`;
  return { name: controlTarget, url, method: 'GET', headers: {}, rate };
}

function client(options: SampleOptions, name: string, kind: 'grpc' | 'stream'): TrafficSource {
  const { ingress, rate, image, pullPolicy } = options;
  const where =
    ingress === undefined
      ? [directly('back', 'grpc')]
      : [`${ingress.name}.${ingress.namespace}:${ingress.port}`, '--authority', sampleHosts.back];
  const pace = ['--rate', String(rate), '--timeout', '10s', '--back-within', `${backWithinSeconds}s`];
  return { target: name, rate, image, pullPolicy, command: ['/sample'], args: ['client', kind, ...where, ...pace] };
}

/** Where the sample's front is asked: through the ingress gateway by its name where there is one. */
export function frontAddress({ ingress }: Pick<SampleOptions, 'ingress'>): string {
  return ingress === undefined ? directly('front', 'http') : `${ingress.name}.${ingress.namespace}:${ingress.port}`;
}

function directly(service: 'front' | 'back', port: keyof typeof samplePorts): string {
  return `${service}.${sampleNamespaces[service]}:${samplePorts[port]}`;
}
