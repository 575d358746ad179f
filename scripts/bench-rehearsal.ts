import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/adapters/clock.ts';
import { loadMesh } from '../src/adapters/files/load-mesh.ts';
import { readBundle } from '../src/adapters/files/read-bundle.ts';
import { connectCluster } from '../src/adapters/kubernetes/connect-cluster.ts';
import { createSecrets } from '../src/adapters/runner/secrets.ts';
import { standBack } from '../src/adapters/runner/stand-back.ts';
import { terminalReporter } from '../src/adapters/runner/terminal-reporter.ts';
import { createToolchain } from '../src/adapters/toolchain/create-toolchain.ts';
import { packageRoot } from '../src/adapters/toolchain/package-root.ts';
import { toolchainSettings } from '../src/adapters/toolchain/toolchain-settings.ts';
import { istioOperator } from '../src/bundle/istio-operator.ts';
import { revisionLabel } from '../src/bundle/labels.ts';
import { proxySourcesOf } from '../src/jobs/proxy-sources.ts';
import { rehearsalTraffic } from '../src/jobs/rehearsal-traffic.ts';
import { mergeDeep } from '../src/mesh/merge-deep.ts';
import { meshForCluster } from '../src/mesh/mesh-for-cluster.ts';
import { printYaml } from '../src/mesh/yaml.ts';
import { clusterBundle } from '../src/plan/plan-environment.ts';
import type { KubernetesObject } from '../src/ports/objects.ts';
import type { ProbeResult } from '../src/ports/probe-result.ts';
import type { RehearsalRecord } from '../src/record/rehearsal-record.ts';
import { parseOverlay } from '../src/rehearsal/overlay/parse-overlay.ts';
import { prepareRehearsal, type RehearsalPlan } from '../src/rehearsal/prepare-rehearsal.ts';
import { textTable } from '../src/text/text-table.ts';
import { followRunbook } from './runbook.ts';

/**
 * Rehearses an upgrade on kind, and follows the plain runbook with kind, istioctl and kubectl themselves, with the same
 * sample asked for the same: seconds by part, and what the traffic felt. Words: requests a second to each target,
 * seconds before and after the change, rounds. Settings of the machine are those of the end-to-end tests
 * (test/support/rehearsal-run.ts), and E2E_ISTIO_FILE: an IstioOperator file that istioctl install is given first.
 */
const [rate = 6, before = 60, after = 60, rounds = 1] = process.argv.slice(2).map(Number);
const { KIND_NODE_IMAGE, E2E_LOAD_IMAGE, E2E_SAMPLE_BASE, E2E_OVERLAY, E2E_ISTIO_FILE } = process.env;
const revisions = { old: '1-31-0-old', new: '1-31-0-new' };
const environment = 'bench';
const root = packageRoot();
const work = await mkdtemp(join(tmpdir(), 'istio-delivery-bench-'));
const signal = new AbortController().signal;
const reporter = terminalReporter(process.stderr, createSecrets(), systemClock);
const context = { reporter, clock: systemClock, signal };
// As a rehearsal does: neither contestant's own programs get in the way of the pods.
standBack();

const partNames = ['cluster', 'images', 'install', 'workloads', 'before', 'upgrade', 'finish', 'after'];

interface Contestant {
  name: string;
  /** Seconds by part. */
  parts: Record<string, number>;
  probe: ProbeResult;
}

try {
  const [old, coming] = [await render('old'), await render('new')];
  const results: Contestant[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes second finds caches warm: the next round is the other way round.
    const contestants = [() => runbook(old, coming), () => rehearsal(old, coming)];
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) results.push(await contestant());
  }
  console.log(`Nine targets at ${rate} requests a second each; seconds by part:`);
  console.log(textTable(['WHAT', ...partNames], results.map(partRow)).join('\n'));
  console.log('\nWhat the traffic felt, milliseconds; a target-second is slow when a request took more than 100 ms:');
  const headings = ['WHAT', 'PHASE', 'SECONDS', 'REQUESTS', 'FAILED', 'INGRESS P50', 'P99', 'MAX'];
  console.log(
    textTable([...headings, 'SLOWEST TARGET P99', 'MAX', 'SLOW TARGET-SECONDS'], results.flatMap(phaseRows)).join('\n'),
  );
} finally {
  await rm(work, { recursive: true, force: true });
}

async function rehearsal(from: string, to: string): Promise<Contestant> {
  const record = join(work, 'rehearsal.json');
  const settings = {
    'node-image': KIND_NODE_IMAGE,
    'load-image': E2E_LOAD_IMAGE,
    'sample-base': E2E_SAMPLE_BASE,
    overlay: E2E_OVERLAY,
  };
  const given = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const pace = ['--rate', String(rate), '--before', String(before), '--after', String(after)];
  deliver('rehearse', '--from', from, '--to', to, '--environment', environment, '--record', record, ...pace, ...given);
  const { parts, probe } = JSON.parse(await readFile(record, 'utf8')) as RehearsalRecord;
  if (!probe) throw new Error('the rehearsal measured nothing');
  const seconds = parts.map(({ name, started, finished }) => [
    name,
    (Date.parse(finished) - Date.parse(started)) / 1000,
  ]);
  return { name: 'istio-delivery rehearse', parts: Object.fromEntries(seconds), probe };
}

async function runbook(from: string, to: string): Promise<Contestant> {
  const [old, coming] = [await readBundle(from), await readBundle(to)];
  const target = { name: environment, context: environment };
  const toolchain = createToolchain(toolchainSettings(process.env), reporter, signal);
  const [kind, kubectl, istioctl] = await Promise.all([
    toolchain.resolve('kind'),
    toolchain.resolve('kubectl'),
    toolchain.resolve('istioctl', coming.manifest.istio.version),
  ]);
  const traffic = await rehearsalTraffic(
    {
      'sample-image': undefined,
      'sample-base': E2E_SAMPLE_BASE,
      'load-image': E2E_LOAD_IMAGE,
      'pull-policy': 'IfNotPresent',
      rate,
      'median-slowdown': 3,
      'tail-slowdown': 10,
      'lost-headers': [],
      noise: 50,
      before,
      after,
    },
    { from: old, to: coming, target, workloads: [] },
    context,
  );
  const sides = {
    way: 'upgrade',
    from: old,
    to: coming,
    cluster: environment,
    sample: traffic.objects,
  } as const;
  const overlay =
    E2E_OVERLAY === undefined ? undefined : parseOverlay(await readFile(E2E_OVERLAY, 'utf8'), E2E_OVERLAY);
  const plan = prepareRehearsal({ ...sides, overlay: overlay ?? { patches: [] }, soak: 0, workloads: [] });
  const { namespaces, gateways } = coming.manifest;
  const result = await followRunbook({
    programs: { kind: kind.path, kubectl: kubectl.path, istioctl: istioctl.path },
    folder: work,
    nodeImage: KIND_NODE_IMAGE,
    images: traffic.images.slice(0, 1),
    istioFiles: [...(E2E_ISTIO_FILE === undefined ? [] : [E2E_ISTIO_FILE]), await istioFile()],
    revisions,
    rootNamespace: namespaces.root,
    gateways: [...new Set(gateways.map(({ namespace }) => namespace))].map(meshedNamespace).concat(gatewaysOf(plan)),
    workloads: traffic.objects,
    async startTraffic({ kubeconfig, context: name }) {
      const proxySources = (await proxySourcesOf(coming.manifest, kubeconfig, context))({ context: name });
      const cluster = connectCluster({ name: environment, kubeconfig, context: name });
      return traffic.start(cluster, { targets: traffic.targetsOf(plan), baseline: true, proxySources, signal });
    },
    after,
    tell: reporter.progress,
    signal,
  });
  return { name: 'runbook', ...result };
}

function meshedNamespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [revisionLabel]: revisions.old } } };
}

async function render(name: keyof typeof revisions): Promise<string> {
  const file = join(work, `${name}.yaml`);
  await writeFile(file, printYaml(meshOf(revisions[name])));
  deliver('render', '--mesh', file, '--out', join(work, name));
  return join(work, name);
}

function meshOf(revision: string) {
  return {
    name: 'bench',
    istio: { version: '1.31.0', revision },
    gateways: [
      { name: 'ingress', class: 'ingress', replicas: { min: 2, max: 4 } },
      { name: 'egress', class: 'egress', replicas: { min: 2, max: 4 } },
    ],
    groups: [
      { name: 'canary', namespaces: { names: ['canary'] }, tag: 'prod-canary' },
      { name: 'main', namespaces: { names: ['main'] }, tag: 'prod' },
    ],
    environments: { [environment]: { clusters: [{ name: environment }] } },
  };
}

/** The same control plane for istioctl install, which is told the revision each time; as small as the rehearsal's. */
async function istioFile(): Promise<string> {
  const mesh = meshForCluster(await loadMesh(join(work, 'old.yaml')), environment);
  const { revision: _revision, values, ...spec } = istioOperator(mesh).spec as Record<string, Record<string, unknown>>;
  const { revision: _own, defaultRevision: _default, revisionTags: _tags, ...others } = values ?? {};
  const small = { autoscaleEnabled: true, resources: { requests: { cpu: '50m', memory: '192Mi' } } };
  const file = join(work, 'istio.yaml');
  const kind = { apiVersion: 'install.istio.io/v1alpha1', kind: 'IstioOperator' };
  await writeFile(file, printYaml({ ...kind, spec: { ...spec, values: mergeDeep(others, { pilot: small }) } }));
  return file;
}

/** The rehearsal's gateways as a person keeps them: one Deployment, whose revision is that of its namespace. */
function gatewaysOf(plan: RehearsalPlan): KubernetesObject[] {
  const { stages } = clusterBundle(plan.old, environment);
  return stages
    .filter(({ stage }) => stage === 'gateways' || stage === 'routing')
    .flatMap(({ objects }) => objects)
    .filter(({ metadata }) => metadata.namespace === plan.old.manifest.gateways[0]?.namespace)
    .map((object) => JSON.parse(JSON.stringify(object, (key, value) => (key === revisionLabel ? undefined : value))));
}

function partRow({ name, parts }: Contestant): string[] {
  return [name, ...partNames.map((part) => parts[part]?.toFixed(1) ?? '')];
}

function phaseRows({ name, probe }: Contestant): string[][] {
  return probe.phases.map(({ name: phase, from, to, targets }) => {
    const sum = (field: 'requests' | 'failed') => targets.reduce((total, each) => total + each[field], 0);
    const slowest = (field: 'p99' | 'max') => Math.max(...targets.map((each) => each[field]));
    const ingress = targets.find(({ target }) => target === 'ingress');
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    const all = Object.values(probe.seconds)
      .flat()
      .filter(({ at }) => at >= begin && at < end);
    const slow = all.filter(({ max }) => max > 100).length;
    return [
      name,
      phase,
      ((end - begin) / 1000).toFixed(0),
      String(sum('requests')),
      String(sum('failed')),
      ...(['p50', 'p99', 'max'] as const).map((field) => ingress?.[field].toFixed(1) ?? ''),
      slowest('p99').toFixed(0),
      slowest('max').toFixed(0),
      `${slow} of ${all.length}`,
    ];
  });
}

function deliver(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src', 'cli.ts'), ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`istio-delivery ${words.join(' ')} ended with ${status}:\n${stderr}${stdout}`);
  return stdout;
}
