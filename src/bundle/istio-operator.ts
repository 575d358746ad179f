import { isMapping, mergeDeep } from '../mesh/merge-deep.ts';
import { meshNamespaces, revisionTags } from '../mesh/mesh.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import { spreadOverNodes } from './spread-over-nodes.ts';

/** Without it, Pod Security refuses a pod at its level restricted. */
const runtimeDefault = { type: 'RuntimeDefault' };

/** The file that istioctl renders a cluster's control plane from. The gateways are not in it: they are ours. */
export function istioOperator(mesh: ClusterMesh): Record<string, unknown> {
  const { hub, profile, revision, values, version } = mesh.istio;
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: mesh.name, namespace: mesh.namespaces.controlPlane },
    spec: {
      profile,
      hub,
      tag: version,
      revision,
      components: {
        ingressGateways: [{ name: 'istio-ingressgateway', enabled: false }],
        egressGateways: [{ name: 'istio-egressgateway', enabled: false }],
      },
      values: mergeDeep(ownValues(mesh), values),
    },
  };
}

function ownValues(mesh: ClusterMesh): Record<string, unknown> {
  const { controlPlane, istio, namespaces } = mesh;
  return withoutUndefined({
    revision: istio.revision,
    // Whom the default tag's validator and the tags point at when they are created.
    defaultRevision: istio.revision,
    revisionTags: revisionTags(mesh),
    compatibilityVersion: istio.compatibilityVersion,
    meshConfig: meshConfig(mesh),
    global: {
      istioNamespace: namespaces.controlPlane,
      meshID: controlPlane.meshID,
      network: controlPlane.network,
      multiCluster: { clusterName: controlPlane.clusterName },
      proxy: { resources: controlPlane.proxyResources },
    },
    pilot: {
      autoscaleMin: controlPlane.replicas.min,
      autoscaleMax: controlPlane.replicas.max,
      resources: controlPlane.resources,
      seccompProfile: runtimeDefault,
      topologySpreadConstraints: spreadOverNodes({ app: 'istiod', 'istio.io/rev': istio.revision }),
      // istiod answers proxy-status for the root namespace alone; istioctl asks from its own.
      env: { DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES: namespaces.controlPlane },
    },
    // Of the pods that istiod makes for Gateways of the Gateway API.
    gateways: { seccompProfile: runtimeDefault },
  });
}

function meshConfig(mesh: ClusterMesh): Record<string, unknown> {
  const { controlPlane, namespaces } = mesh;
  const { accessLog, discoverySelectors, tracing } = controlPlane;
  return {
    rootNamespace: namespaces.root,
    trustDomain: controlPlane.trustDomain,
    ...(accessLog === 'none'
      ? {}
      : { accessLogFile: '/dev/stdout', accessLogEncoding: accessLog === 'json' ? 'JSON' : 'TEXT' }),
    outboundTrafficPolicy: { mode: controlPlane.outboundTrafficPolicy },
    protocolDetectionTimeout: controlPlane.protocolDetectionTimeout,
    discoverySelectors: discoverySelectors && [ownNamespaces(mesh), ...discoverySelectors],
    enableTracing: tracing === undefined ? undefined : true,
    defaultProviders: tracing && { metrics: ['prometheus'], tracing: ['tracing'] },
    extensionProviders: tracing && [
      { name: 'tracing', opentelemetry: { service: tracing.service, port: tracing.port } },
    ],
    defaultConfig: {
      drainDuration: controlPlane.drainDuration,
      terminationDrainDuration: controlPlane.terminationDrainDuration,
      proxyMetadata: controlPlane.dnsCapture ? { ISTIO_META_DNS_CAPTURE: 'true' } : undefined,
      tracing: tracing && { sampling: tracing.sampling },
    },
  };
}

/** istiod must always see the mesh's own namespaces, or gateways and root configuration are lost. */
function ownNamespaces(mesh: ClusterMesh): Record<string, unknown> {
  return {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: meshNamespaces(mesh).sort() }],
  };
}

/** Without undefined fields and without the mappings that have no other. */
function withoutUndefined(mapping: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(mapping).flatMap(([key, value]): [string, unknown][] => {
    if (value === undefined) return [];
    if (!isMapping(value)) return [[key, value]];
    const inner = withoutUndefined(value);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return Object.fromEntries(entries);
}
