import type { UpgradeNote } from './upgrade-notes.ts';

const news = 'https://istio.io/latest/news/releases';
const upgradeTo = (minor: string) => `${news}/${minor}.x/announcing-${minor}/upgrade-notes/`;
const retirement = 'https://istio.io/latest/blog/2026/retirement-of-gcp/';
const minimumVersions =
  'https://github.com/istio/istio/blob/release-1.31/pkg/config/schema/gatewayapi/minimumversions.go';

/** What each minor version of Istio changes for those who come to it; an `id` is unique within its minor. */
export const minorNotes: Record<string, readonly UpgradeNote[]> = {
  '1.29': [
    {
      id: 'debug-endpoints',
      title: 'Debug endpoints ask who wants to know',
      text: 'Tools outside the system namespace see the proxies of their own namespace only. Name their namespaces in DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES, or set ENABLE_DEBUG_ENDPOINT_AUTH=false.',
      source: upgradeTo('1.29'),
    },
    {
      id: 'metrics-compression',
      title: "Envoy's metrics are compressed",
      text: 'The endpoint of metrics compresses its answers where the scraper takes that, and the annotation sidecar.istio.io/statsCompression is gone. Set statsCompression: false in the proxy configuration where a scraper cannot read them.',
      source: upgradeTo('1.29'),
    },
    {
      id: 'circuit-breaker-metrics',
      title: "Circuit breakers' remaining capacity is not measured",
      text: 'The metrics of what a circuit breaker still lets through are off. Set DISABLE_TRACK_REMAINING_CB_METRICS=false on istiod where dashboards or alerts need them.',
      source: upgradeTo('1.29'),
    },
    {
      id: 'ambient-dns',
      title: 'DNS is captured in ambient mode',
      text: 'New pods of ambient mode have their DNS proxied, and istio-cni brings the rules of running pods up to date when it starts (cni.ambient.reconcileIptablesOnStartup=false keeps it from that).',
      source: upgradeTo('1.29'),
    },
    {
      id: 'base-chart-roles',
      title: 'The base chart no longer has the roles of istiod',
      text: "ClusterRoles, bindings and the ServiceAccount of istiod come with istiod's own chart under other names. Correct what refers to the old names.",
      source: upgradeTo('1.29'),
    },
  ],
  '1.30': [
    {
      id: 'gateway-api-crds',
      title: 'Gateway API CRDs must be v1.5 first',
      text: 'TLSRoutes of older CRDs are ignored silently, and TLS passthrough with them. Upgrade the CRDs of the Gateway API before the control plane.',
      source: 'https://github.com/istio/istio/issues/59949',
    },
    {
      id: 'tlsroutes',
      title: 'TLSRoutes are served by one side of the upgrade only',
      text: 'Istio 1.29 reads TLSRoutes of the Gateway API up to v1.4.1, Istio 1.30 from v1.5.0 on. While both run, one of them ignores TLSRoutes: replace them by a Gateway and a VirtualService with TLS passthrough for the time of the upgrade.',
      source: 'https://github.com/istio/istio/issues/59387',
    },
    {
      id: 'default-hub',
      title: 'The default registry of 1.30 is retired',
      text: 'Istio 1.30 takes its images from registry.istio.io unless told otherwise; that registry is retired. Set istio.hub to docker.io/istio or to a mirror.',
      source: retirement,
    },
    {
      id: 'service-namespace',
      title: 'Another service may answer for a host of several namespaces',
      text: 'Where a host exists in several namespaces, sidecars prefer the Kubernetes service, and else the oldest one, to the first by alphabet. PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE=false keeps what was.',
      source: upgradeTo('1.30'),
    },
    {
      id: 'xds-debug-endpoints',
      title: 'Debug endpoints of the plain-text port ask who wants to know',
      text: 'istioctl with --plaintext, and tools that ask port 15010, are refused. ENABLE_DEBUG_ENDPOINT_AUTH=false keeps what was.',
      source: upgradeTo('1.30'),
    },
    {
      id: 'cni-file-mode',
      title: 'The CNI configuration file has mode 0600',
      text: 'Only root reads the configuration that istio-cni writes. Set values.cni.env.CNI_CONF_GROUP_READ=true where a tool of its group must read it.',
      source: upgradeTo('1.30'),
    },
    {
      id: 'cni-excluded-namespaces',
      title: 'The CNI agent leaves excluded namespaces alone',
      text: 'Pods of ambient mode in a namespace of excludeNamespaces leave the mesh with the upgrade. See that none of them is meant to stay in it.',
      source: upgradeTo('1.30'),
    },
  ],
  '1.31': [
    {
      id: 'registries-retired',
      title: "Istio's registries at Google are retired",
      text: 'Nothing of 1.31 is published to gcr.io/istio-release, registry.istio.io or istio-release.storage.googleapis.com. Take images from docker.io/istio and charts from https://blob.istio.io/istio-release/charts, or from a mirror.',
      source: retirement,
    },
    {
      id: 'unhealthy-endpoints',
      title: 'Unhealthy endpoints are sent to proxies',
      text: 'Proxies get endpoints that are not ready too, unless outlierDetection.minHealthPercent is set for the service. PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS=false, or compatibilityVersion 1.30, keeps what was.',
      source: upgradeTo('1.31'),
    },
    {
      id: 'strict-gateway-merging',
      title: "Istio's Gateways of other namespaces are not merged with those of the Gateway API",
      text: 'The proxies that istiod makes for a Gateway of the Gateway API take no Gateway of Istio from another namespace any more, so routes that relied on that are gone. PILOT_ENABLE_STRICT_GATEWAY_MERGING=false, or compatibilityVersion 1.30, keeps what was.',
      source: `${news}/1.31.x/announcing-1.31/change-notes/`,
    },
    {
      id: 'upstream-spans',
      title: 'Gateways always make a span for each upstream request',
      text: 'PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY is gone, and so is the way to turn these spans off. Take the variable out of the values.',
      source: upgradeTo('1.31'),
    },
    {
      id: 'workload-entries-hbone',
      title: 'WorkloadEntries of before are reached in plain text',
      text: 'The label for HBONE is set when a WorkloadEntry registers itself. Register those of before anew, or label them networking.istio.io/tunnel=http.',
      source: upgradeTo('1.31'),
    },
    {
      id: 'workload-message-size',
      title: 'Large ambient meshes need larger messages',
      text: "From about 40,000 workloads on, a ztunnel that reconnects sends more than istiod's 4 MiB. Raise ISTIO_GPRC_MAXRECVMSGSIZE on istiod, by about 1 MiB for 10,000 workloads and services.",
      source: upgradeTo('1.31'),
    },
    {
      id: 'xds-api-generator',
      title: "istiod's api generator asks for a control plane's identity",
      text: 'Consumers of MCP outside the system namespace are refused. ENABLE_XDS_API_GENERATOR_AUTH=false keeps what was.',
      source: upgradeTo('1.31'),
    },
    {
      id: 'gateway-api-tcproutes',
      title: 'TCPRoutes need the Gateway API v1.6',
      text: 'TCPRoutes of older CRDs are ignored silently. Upgrade the CRDs of the Gateway API before the control plane.',
      source: minimumVersions,
    },
  ],
};
