import { openDocker } from '../adapters/docker/docker.ts';
import { buildSampleImage } from '../adapters/sample/build-sample-image.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { defaultProbePolicy } from '../mesh/mesh.ts';
import { checkNames, type ProbePolicy, type ProbeThresholds } from '../mesh/probe-policy.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { ProxySources } from '../probe/checks/ask-checks.ts';
import { type ProbeRun, startProbe } from '../probe/probe-run.ts';
import { askedTargets } from '../rehearsal/access-log/asked-targets.ts';
import type { AccessLogs } from '../rehearsal/access-log/follow-access-logs.ts';
import { witnessedTraffic } from '../rehearsal/access-log/witnessed-traffic.ts';
import { refusesPlainClients, sampleFor } from '../rehearsal/sample/sample-for.ts';
import { sampleObjects } from '../rehearsal/sample/sample-objects.ts';
import { sampleNamespaces } from '../rehearsal/sample/sample-options.ts';
import { sampleCalls, sampleTargets } from '../rehearsal/sample/sample-targets.ts';
import type { InputValues, JobContext } from './job.ts';

/** What a rehearsal is told about its traffic. */
export const trafficInputs = {
  'sample-image': {
    type: 'text',
    description: 'Image of the sample; built from its sources with Go and Docker where none is given.',
  },
  'sample-base': { type: 'text', description: "Image that the sample's binary is put on; an empty one otherwise." },
  'load-image': {
    type: 'text',
    description: "Image that holds vegeta and a shell; the mesh file's `probe.load.image` otherwise.",
  },
  'pull-policy': {
    type: 'text',
    description: 'When a node pulls these two images.',
    choices: ['IfNotPresent', 'Always', 'Never'],
    default: 'IfNotPresent',
  },
  rate: { type: 'number', description: "Requests a second to each of the sample's targets.", default: '5' },
  'median-slowdown': {
    type: 'number',
    description: 'How many times as long as before the change the median of a target may become.',
    default: '3',
  },
  'tail-slowdown': {
    type: 'number',
    description: "The same of the 99th percentile; the mesh file's `probe.thresholds.slowdown` for its own targets.",
    default: '10',
  },
  noise: {
    type: 'number',
    description: 'Milliseconds by which the median may rise on any machine, and the 99th percentile ten times as many.',
    default: '50',
  },
  before: { type: 'number', description: 'Seconds of traffic before the change, to compare with.', default: '30' },
  after: { type: 'number', description: 'Seconds of traffic after the change.', default: '60' },
} as const;

export interface Traffic {
  /** What the sample consists of. */
  objects: KubernetesObject[];
  images: string[];
  /** Seconds. */
  after: number;
  /** Begins the traffic, and measures the baseline where there is something to compare with. */
  /** Where the proxies are that its requests go through. */
  namespaces: readonly string[];
  /** What they logged of requests that failed, each with its pod. */
  logged(): string[];
  start(
    cluster: Cluster,
    options: { baseline: boolean; proxySources: ProxySources; onBegin?: (soFar: () => ProbeResult) => void },
  ): Promise<ProbeRun>;
}

/** The sample and the targets of a rehearsal; those of the mesh file too, where the team's workloads are there. */
export async function rehearsalTraffic(
  values: InputValues<typeof trafficInputs>,
  { from, to, target, workloads }: { from: Bundle; to: Bundle; target: ClusterTarget; workloads: KubernetesObject[] },
  context: JobContext,
): Promise<Traffic> {
  const { thresholds, settle } = to.manifest.probe ?? defaultProbePolicy();
  const measured = values.after + settle;
  const seconds = from === to ? measured : Math.min(values.before, measured);
  const asked = workloads.length > 0 && to.manifest.probe ? to.manifest.probe.targets : [];
  refuseTooFew([{ name: 'ingress', rate: values.rate }, ...asked], { seconds, minimum: thresholds.minimum });
  const image = values['sample-image'] ?? (await builtSample(values['sample-base'], context));
  const pullPolicy = values['pull-policy'];
  const running = clusterBundle(from, target.name);
  const options = sampleFor(to, running, { image, pullPolicy, rate: values.rate });
  const { http, clients } = sampleTargets(options);
  const plain = !refusesPlainClients(from, running);
  if (!plain) context.reporter.line('the mesh takes no client without a certificate: the target "plain" is left out');
  // What Prometheus knows is of the environment, not of the rehearsal.
  const { prometheus: _prometheus, ...own } = to.manifest.probe ?? defaultProbePolicy();
  const slowness = {
    medianSlowdown: values['median-slowdown'],
    slowdown: values['tail-slowdown'],
    noise: values.noise,
  };
  const strict: ProbeThresholds = { ...slowness, success: 100, minimum: own.thresholds.minimum };
  const ofOwn: ProbeThresholds = { ...slowness, ...own.thresholds };
  const load = { ...own.load, image: values['load-image'] ?? own.load.image, pullPolicy };
  const policy: ProbePolicy = {
    ...own,
    load: { ...load, namespace: sampleNamespaces.outside },
    // Nothing keeps anybody from looking here, whatever is so in the environment.
    checks: [...checkNames],
    targets: [...http.filter(({ name }) => plain || name !== 'plain'), ...asked],
  };
  const namespaces = proxiedNamespaces(to.manifest.gateways, workloads);
  let logs: AccessLogs | undefined;
  return {
    namespaces,
    logged: () => (logs?.entries() ?? []).map(({ proxy, line }) => `${proxy.namespace}/${proxy.pod} ${line}`),
    objects: sampleObjects(options),
    images: [image, load.image],
    after: values.after,
    start: (cluster, { baseline, proxySources, ...rest }) =>
      witnessedTraffic(cluster, {
        ...context,
        ...rest,
        namespaces,
        onLogs: (opened) => {
          logs = opened;
        },
        asked: [...askedTargets(policy.targets), ...sampleCalls(options)],
        start: (begin) =>
          startProbe(cluster, {
            ...context,
            ...begin,
            policy: { ...policy, baseline: baseline ? values.before : 0 },
            sources: clients,
            // The mesh file's say what the team's own targets may lose; the sample may lose nothing.
            thresholdsOf: (name) => (asked.some((each) => each.name === name) ? ofOwn : strict),
            namespace: to.manifest.namespaces.controlPlane,
            proxySources,
          }),
      }),
  };
}

/** Where the proxies are that requests of a rehearsal go through. */
function proxiedNamespaces(
  gateways: readonly { namespace: string }[],
  workloads: readonly KubernetesObject[],
): string[] {
  const { front, back } = sampleNamespaces;
  const own = workloads.flatMap(({ metadata }) => metadata.namespace ?? []);
  return [...new Set([...gateways.map(({ namespace }) => namespace), front, back, ...own])];
}

/** What can never be enough is known before there is a cluster. */
function refuseTooFew(
  targets: readonly { name: string; rate: number }[],
  { seconds, minimum }: { seconds: number; minimum: number },
): void {
  const few = targets.find(({ rate }) => rate * seconds < minimum);
  if (few === undefined) return;
  const { name, rate } = few;
  throw new DeliveryError(
    `target ${name} would get ${rate * seconds} requests in ${seconds} s, ${rate} a second, and thresholds.minimum of the mesh file's probe asks for ${minimum}; measure for ${Math.ceil(minimum / rate)} s at least (before, after), or at a higher rate`,
    { code: 'InvalidInput', kind: 'usage' },
  );
}

async function builtSample(base: string | undefined, { reporter, signal }: JobContext): Promise<string> {
  const { environment } = toolchainSettings(process.env);
  const docker = await openDocker({ environment, signal });
  return reporter.phase("The sample's image", () =>
    buildSampleImage(base === undefined ? {} : { base }, { docker, environment, signal, reporter }),
  );
}
