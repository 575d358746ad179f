import { compare } from 'semver';

/** Bounds on the Gateway API bundle that a CRD comes from; outside of them istiod ignores its objects silently. */
export interface GatewayApiBound {
  /** Name of the CRD. */
  definition: string;
  minimum?: string;
  maximum?: string;
}

/** What one minor version of Istio works with. */
export interface IstioSupport {
  /** `1.31`. */
  minor: string;
  /** First and last minor version of Kubernetes 1 that it is tested with. */
  kubernetes: { first: number; last: number };
  /** Minor version of Envoy in its proxies. */
  envoy: string;
  /** Absent where it is not known. */
  gatewayApi?: readonly GatewayApiBound[];
}

const group = 'gateway.networking.k8s.io';
const routes = { definition: `grpcroutes.${group}`, minimum: '1.1.0' };
const policies = { definition: `backendtlspolicies.${group}`, minimum: '1.4.0' };
const tlsRoutes = `tlsroutes.${group}`;

/**
 * Kubernetes by https://istio.io/latest/docs/releases/supported-releases/ (Istio adds newer ones to a minor that is
 * out); the Gateway API by Istio's pkg/kube/kclient/crdwatcher.go and pkg/config/schema/gatewayapi.
 */
const table: readonly IstioSupport[] = [
  { minor: '1.26', kubernetes: { first: 29, last: 33 }, envoy: '1.34' },
  { minor: '1.27', kubernetes: { first: 29, last: 33 }, envoy: '1.35' },
  { minor: '1.28', kubernetes: { first: 30, last: 34 }, envoy: '1.36' },
  {
    minor: '1.29',
    kubernetes: { first: 31, last: 35 },
    envoy: '1.37',
    gatewayApi: [routes, policies, { definition: tlsRoutes, maximum: '1.4.1' }],
  },
  {
    minor: '1.30',
    kubernetes: { first: 32, last: 36 },
    envoy: '1.38',
    gatewayApi: [routes, policies, { definition: tlsRoutes, minimum: '1.5.0' }],
  },
  {
    minor: '1.31',
    kubernetes: { first: 32, last: 37 },
    envoy: '1.39',
    gatewayApi: [
      routes,
      policies,
      { definition: tlsRoutes, minimum: '1.5.0' },
      { definition: `tcproutes.${group}`, minimum: '1.6.0' },
    ],
  },
];

/** Something that some patches of Istio do not do right. */
export interface KnownDefect {
  /** The patch that does it right. */
  fixed: string;
  source: string;
}

interface Affected extends KnownDefect {
  first: string;
}

/** Proxies before this one know no listener with `istio.hashable_string`. */
export const hashableStringProxy = '1.29.2';

/** Patches that send it to every proxy. https://github.com/istio/istio/pull/60486 */
const sendHashableStrings: readonly Affected[] = [
  { first: '1.29.2', fixed: '1.29.5', source: 'https://github.com/istio/istio/pull/60486' },
  { first: '1.30.0', fixed: '1.30.2', source: 'https://github.com/istio/istio/pull/60486' },
];

/** Patches whose istiod takes its configuration away from a Gateway that another revision takes over. */
const dropGateways: readonly Affected[] = [
  { first: '1.0.0', fixed: '1.29.5', source: 'https://github.com/istio/istio/issues/59959' },
  { first: '1.30.0', fixed: '1.30.2', source: 'https://github.com/istio/istio/issues/59959' },
];

/** Whether the istiod of a version sends proxies before `hashableStringProxy` listeners that these reject. */
export function breaksOldProxies(version: string): KnownDefect | undefined {
  return defectOf(version, sendHashableStrings);
}

/** Whether a Gateway of the Gateway API is without configuration for a moment when it leaves an istiod of a version. */
export function interruptsGateways(version: string): KnownDefect | undefined {
  return defectOf(version, dropGateways);
}

function defectOf(version: string, affected: readonly Affected[]): KnownDefect | undefined {
  return affected.find(
    ({ first, fixed }) => (compareReleases(version, first) ?? -1) >= 0 && (compareReleases(version, fixed) ?? 1) < 0,
  );
}

/** What is known of the minor version of an Istio version; undefined for one that this version does not know. */
export function supportOf(version: string): IstioSupport | undefined {
  return table.find((entry) => entry.minor === minorOf(version));
}

/** `1.31.0-distroless` → `1.31`; undefined for what is no version. */
export function minorOf(version: string): string | undefined {
  return /^v?(\d+\.\d+)(?:\.|$)/.exec(version)?.[1];
}

/** Like a comparator of versions in full, whatever follows their three numbers; undefined where one is no version. */
export function compareReleases(left: string, right: string): number | undefined {
  const [first, second] = [releaseOf(left), releaseOf(right)];
  return first === undefined || second === undefined ? undefined : compare(first, second);
}

/** A tag of an image may be anything: only what begins as a version is taken for one. */
function releaseOf(version: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+)(?![\d.])/.exec(version)?.[1];
}
