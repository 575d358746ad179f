import { openDocker } from '../adapters/docker/docker.ts';
import { buildSampleImage } from '../adapters/sample/build-sample-image.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import type { Bundle } from '../bundle/bundle.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { defaultProbePolicy } from '../mesh/mesh.ts';
import { checkNames, type ProbePolicy } from '../mesh/probe-policy.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { ProxySources } from '../probe/checks/ask-checks.ts';
import { type ProbeRun, startProbe } from '../probe/probe-run.ts';
import { refusesPlainClients, sampleFor } from '../rehearsal/sample/sample-for.ts';
import { sampleObjects } from '../rehearsal/sample/sample-objects.ts';
import { sampleNamespaces } from '../rehearsal/sample/sample-options.ts';
import { sampleTargets } from '../rehearsal/sample/sample-targets.ts';
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
  start(cluster: Cluster, options: { baseline: boolean; proxySources: ProxySources }): Promise<ProbeRun>;
}

/** The sample and the targets of a rehearsal; those of the mesh file too, where the team's workloads are there. */
export async function rehearsalTraffic(
  values: InputValues<typeof trafficInputs>,
  { from, to, target, workloads }: { from: Bundle; to: Bundle; target: ClusterTarget; workloads: KubernetesObject[] },
  context: JobContext,
): Promise<Traffic> {
  const image = values['sample-image'] ?? (await builtSample(values['sample-base'], context));
  const pullPolicy = values['pull-policy'];
  const running = clusterBundle(from, target.name);
  const options = sampleFor(to, running, { image, pullPolicy, rate: values.rate });
  const { http, clients } = sampleTargets(options);
  const plain = !refusesPlainClients(from, running);
  if (!plain) context.reporter.line('the mesh takes no client without a certificate: the target "plain" is left out');
  // What Prometheus knows is of the environment, not of the rehearsal.
  const { prometheus: _prometheus, ...own } = to.manifest.probe ?? defaultProbePolicy();
  const load = { ...own.load, image: values['load-image'] ?? own.load.image, pullPolicy };
  const policy: ProbePolicy = {
    ...own,
    load: { ...load, namespace: sampleNamespaces.outside },
    // Nothing keeps anybody from looking here, whatever is so in the environment.
    checks: [...checkNames],
    targets: [
      ...http.filter(({ name }) => plain || name !== 'plain'),
      ...(workloads.length > 0 && to.manifest.probe ? to.manifest.probe.targets : []),
    ],
  };
  return {
    objects: sampleObjects(options),
    images: [image, load.image],
    after: values.after,
    start: (cluster, { baseline, proxySources }) =>
      startProbe(cluster, {
        ...context,
        policy: { ...policy, baseline: baseline ? values.before : 0 },
        sources: clients,
        namespace: to.manifest.namespaces.controlPlane,
        proxySources,
      }),
  };
}

async function builtSample(base: string | undefined, { reporter, signal }: JobContext): Promise<string> {
  const { environment } = toolchainSettings(process.env);
  const docker = await openDocker({ environment, signal });
  return reporter.phase("The sample's image", () =>
    buildSampleImage(base === undefined ? {} : { base }, { docker, environment, signal, reporter }),
  );
}
