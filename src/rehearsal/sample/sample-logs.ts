import type { ClusterBundle } from '../../bundle/bundle.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { type SampleGateway, type SampleOptions, sampleNamespaces } from './sample-options.ts';

/** Whatever was not answered, or not well; a connection that carried no request has flags alone. */
const failed = 'response.code >= 400 || response.code == 0 || response.flags != 0';

/**
 * Has the proxies on the way of the sample log the requests that fail, in the mesh's format, whatever the mesh has them
 * log: a rehearsal says which proxy failed one.
 */
export function sampleLogs({ loggedGateways = [] }: Pick<SampleOptions, 'loggedGateways'>): KubernetesObject[] {
  const { front, back } = sampleNamespaces;
  return [
    ...[front, back].map((namespace) => telemetry('rehearsal', namespace)),
    ...loggedGateways.map(({ name, namespace }) =>
      telemetry(`rehearsal-${name}`, namespace, { selector: { matchLabels: { istio: name } } }),
    ),
  ];
}

function telemetry(name: string, namespace: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name, namespace },
    spec: { ...spec, accessLogging: [{ providers: [{ name: 'envoy' }], filter: { expression: failed } }] },
  };
}

/** The gateways whose log the mesh leaves to others: of two Telemetries for one workload only the older one counts. */
export function loggedGateways(
  gateways: readonly (SampleGateway | undefined)[],
  parts: readonly ClusterBundle[],
): SampleGateway[] {
  const chosen = parts
    .flatMap(({ stages }) => stages.flatMap(({ objects }) => objects))
    .filter(({ kind, spec }) => kind === 'Telemetry' && (spec as { selector?: unknown } | undefined)?.selector)
    .map(({ metadata }) => metadata.namespace);
  return gateways.filter((gateway) => gateway !== undefined).filter(({ namespace }) => !chosen.includes(namespace));
}
