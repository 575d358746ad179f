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
import type { AccessLogs } from '../rehearsal/access-log/follow-access-logs.ts';
import { loggedTargets } from '../rehearsal/access-log/logged-targets.ts';
import { witnessedTraffic } from '../rehearsal/access-log/witnessed-traffic.ts';
import type { RehearsalPlan } from '../rehearsal/prepare-rehearsal.ts';
import type { AskedTarget } from '../rehearsal/rehearsal.ts';
import { refusesPlainClients, sampleFor } from '../rehearsal/sample/sample-for.ts';
import { sampleObjects } from '../rehearsal/sample/sample-objects.ts';
import { sampleNamespaces } from '../rehearsal/sample/sample-options.ts';
import { controlTarget, sampleCalls } from '../rehearsal/sample/sample-targets.ts';
import { type RehearsalTargets, rehearsalTargets } from '../rehearsal/team/rehearsal-targets.ts';
import { teamWorkloads } from '../rehearsal/team/team-workload.ts';
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
    description:
      'Milliseconds by which the median may rise on any machine, and the 99th percentile forty times as many.',
    default: '50',
  },
  'lost-headers': {
    type: 'list',
    description:
      'Response headers that the change takes away on purpose; every other that answers had before must stay.',
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
  /** What is asked, by what is applied; refuses targets of the mesh file that could never get enough requests. */
  targetsOf(plan: RehearsalPlan): RehearsalTargets;
  /** Begins the traffic, and measures the baseline where there is something to compare with. */
  start(cluster: Cluster, options: TrafficStart): Promise<ProbeRun>;
  /** Where the proxies are that its requests go through. */
  namespaces: readonly string[];
  /** What they logged of requests that failed, each with its pod. */
  logged(): string[];
}

interface TrafficStart {
  targets: RehearsalTargets;
  baseline: boolean;
  proxySources: ProxySources;
  signal: AbortSignal;
  /** Gets what was measured so far, as soon as it begins. */
  onBegin?: (soFar: () => ProbeResult) => void;
}

/** The sample, and how it and the team's own are asked. */
export async function rehearsalTraffic(
  values: InputValues<typeof trafficInputs>,
  { from, to, target, workloads }: { from: Bundle; to: Bundle; target: ClusterTarget; workloads: KubernetesObject[] },
  context: JobContext,
): Promise<Traffic> {
  const { thresholds, settle } = to.manifest.probe ?? defaultProbePolicy();
  const measured = values.after + settle;
  const seconds = from === to ? measured : Math.min(values.before, measured);
  const enough = { seconds, minimum: thresholds.minimum };
  refuseTooFew([{ name: 'ingress', rate: values.rate }], enough);
  const image = values['sample-image'] ?? (await builtSample(values['sample-base'], context));
  const pullPolicy = values['pull-policy'];
  const running = clusterBundle(from, target.name);
  const asks = [...new Set(teamWorkloads(workloads).map(({ namespace }) => namespace))].sort();
  const options = { ...sampleFor(to, running, { image, pullPolicy, rate: values.rate }), asks };
  const plain = !refusesPlainClients(from, running);
  if (!plain) context.reporter.line('the mesh takes no client without a certificate: the target "plain" is left out');
  // What Prometheus knows is of the environment, not of the rehearsal.
  const { prometheus: _prometheus, ...own } = to.manifest.probe ?? defaultProbePolicy();
  const asBefore = {
    medianSlowdown: values['median-slowdown'],
    slowdown: values['tail-slowdown'],
    noise: values.noise,
    mayLose: values['lost-headers'].map((name) => name.toLowerCase()),
  };
  const strict: ProbeThresholds = { ...asBefore, success: 100, minimum: own.thresholds.minimum };
  const ofOwn: ProbeThresholds = { ...asBefore, ...own.thresholds };
  const load = { ...own.load, image: values['load-image'] ?? own.load.image, pullPolicy };
  const policy: ProbePolicy = {
    ...own,
    load: { ...load, namespace: sampleNamespaces.outside },
    // Nothing keeps anybody from looking here, whatever is so in the environment.
    checks: [...checkNames],
  };
  const thresholdsFor = ({ target, of, rate }: AskedTarget): ProbeThresholds => {
    // How slow the machine is says nothing about the change.
    if (target === controlTarget) return { success: 100, minimum: strict.minimum };
    // The mesh file's say what its own targets may lose; the sample and what is derived may lose nothing.
    if (of === 'mesh file') return ofOwn;
    return { ...strict, minimum: Math.min(strict.minimum, Math.floor((strict.minimum * rate) / values.rate)) };
  };
  const namespaces = proxiedNamespaces(to.manifest.gateways, workloads);
  let logs: AccessLogs | undefined;
  return {
    namespaces,
    logged: () => (logs?.entries() ?? []).map(({ proxy, line }) => `${proxy.namespace}/${proxy.pod} ${line}`),
    objects: sampleObjects(options),
    images: [image, load.image],
    after: values.after,
    targetsOf(plan) {
      const targets = rehearsalTargets({
        sample: options,
        plain,
        probeTargets: to.manifest.probe?.targets ?? [],
        plan,
      });
      refuseTooFew(targets.http, enough);
      return targets;
    },
    start: (cluster, { targets, baseline, proxySources, signal, onBegin }) => {
      const thresholds = new Map(targets.asked.map((each) => [each.target, thresholdsFor(each)]));
      return witnessedTraffic(cluster, {
        ...context,
        signal,
        ...(onBegin ? { onBegin } : {}),
        namespaces,
        onLogs: (opened) => {
          logs = opened;
        },
        asked: [...loggedTargets(targets.http), ...sampleCalls(options), ...targets.logged],
        start: (begin) =>
          startProbe(cluster, {
            ...context,
            ...begin,
            signal,
            policy: { ...policy, targets: targets.http, baseline: baseline ? values.before : 0 },
            sources: targets.clients,
            thresholdsOf: (name) => thresholds.get(name) ?? strict,
            aboutOf: targets.about,
            namespace: to.manifest.namespaces.controlPlane,
            proxySources,
          }),
      });
    },
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
