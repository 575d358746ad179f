import type { KubernetesObject } from '../../ports/objects.ts';
import { sampleLogs } from './sample-logs.ts';
import { outsidePort, type SampleOptions, sampleHosts, sampleNamespaces, samplePorts } from './sample-options.ts';
import { sampleRoutes } from './sample-routes.ts';
import { type SampleWorkload, sampleLabels, workloadObjects } from './sample-workload.ts';

/**
 * The sample's objects in the order in which they are applied: `front` asks `middle`, which asks `back`; `outside`
 * stands for a host outside the mesh.
 */
export function sampleObjects(options: SampleOptions): KubernetesObject[] {
  return [
    ...namespaces(options),
    ...sampleRoutes(options),
    ...sampleLogs(options),
    ...workloads.flatMap((workload) => workloadObjects(workload, options)),
  ];
}

function namespaces({ labels }: SampleOptions): KubernetesObject[] {
  const { front, back, outside } = sampleNamespaces;
  return [
    namespace(front, labels.front),
    namespace(back, labels.back),
    // It stays outside where a mesh takes every namespace that says nothing.
    namespace(outside, { 'istio-injection': 'disabled' }),
  ];
}

function namespace(name: string, labels: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...sampleLabels(name), ...labels } } };
}

const everyPort = Object.entries(samplePorts).map(([name, port]) => ({ name: name as keyof typeof samplePorts, port }));

/** No host has this address (RFC 5737); a sidecar goes by the name that is asked for. */
const nowhere = '192.0.2.1';

const workloads: readonly SampleWorkload[] = [
  {
    name: 'outside',
    namespace: sampleNamespaces.outside,
    args: [],
    inMesh: false,
    ports: [{ name: 'http', port: outsidePort }],
  },
  { name: 'back', namespace: sampleNamespaces.back, args: [], inMesh: true, ports: everyPort },
  { name: 'middle', namespace: sampleNamespaces.back, args: ['--next', 'back'], inMesh: true, ports: everyPort },
  {
    name: 'front',
    namespace: sampleNamespaces.front,
    args: ['--next', `middle.${sampleNamespaces.back}`, '--egress', `http://${sampleHosts.outside}/`],
    inMesh: true,
    ports: everyPort,
    // The name is in no DNS, and not every mesh answers for its service entries.
    hostAliases: [{ ip: nowhere, hostnames: [sampleHosts.outside] }],
  },
];
