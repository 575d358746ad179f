import { standInSecret } from '../adapters/certificates/stand-in-secret.ts';
import { exportDiagnostics } from '../adapters/diagnostics/export-diagnostics.ts';
import { readBundle } from '../adapters/files/read-bundle.ts';
import { readManifests, readPlacedManifests } from '../adapters/files/read-manifests.ts';
import { readTextFile, refuseUnwritable } from '../adapters/files/text-files.ts';
import { connectCluster } from '../adapters/kubernetes/connect-cluster.ts';
import { proxyCounters } from '../adapters/kubernetes/proxy-counters.ts';
import { originOf } from '../adapters/runner/origin.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { imagesOf } from '../bundle/bundle-images.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { environmentOf } from '../plan/plan-environment.ts';
import { type RehearsalRecord, rehearsalRecordOf } from '../record/rehearsal-record.ts';
import { rehearsalReport } from '../record/rehearsal-report.ts';
import { rehearsalMarkdown, rehearsalText } from '../record/rehearsal-summary.ts';
import { refuseMissing } from '../rehearsal/foreign-kinds.ts';
import type { Overlay } from '../rehearsal/overlay/overlay.ts';
import { parseOverlay } from '../rehearsal/overlay/parse-overlay.ts';
import { type Parts, rehearsalParts } from '../rehearsal/parts.ts';
import { prepareRehearsal, type RehearsalPlan } from '../rehearsal/prepare-rehearsal.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import { rehearsalRemedy } from '../rehearsal/rehearsal-result.ts';
import { rehearsalWay } from '../rehearsal/rehearsal-way.ts';
import { rehearse as runRehearsal } from '../rehearsal/rehearse.ts';
import type { RehearsalTargets } from '../rehearsal/team/rehearsal-targets.ts';
import { unbegunRehearsal } from '../rehearsal/unbegun-rehearsal.ts';
import { type InfrastructureWatch, watchInfrastructure } from '../rehearsal/watch-infrastructure.ts';
import { markdown } from '../text/markdown.ts';
import { askedEnvironment, likeEnvironment } from './asked-environment.ts';
import { defineJob, type InputValues, type JobContext, type JobResult } from './job.ts';
import { jsonFile, leaveFiles } from './leave-files.ts';
import { proxySourcesOf } from './proxy-sources.ts';
import { defaultRecordPath } from './record-path.ts';
import {
  type RehearsalCluster,
  refuseUnfitCluster,
  rehearsalClusterInputs,
  withRehearsalCluster,
} from './rehearsal-cluster.ts';
import { rehearsalTraffic, type Traffic, trafficInputs } from './rehearsal-traffic.ts';
import { runningBundle } from './running-bundle.ts';

const inputs = {
  to: { type: 'text', description: 'Bundle to rehearse: a folder or a .tgz that render wrote.', required: true },
  environment: { type: 'text', description: 'Environment of the mesh file that it is rehearsed for.', required: true },
  cluster: {
    type: 'text',
    description: "Cluster of the environment whose render is taken; the environment's first otherwise.",
  },
  from: {
    type: 'text',
    description:
      'Bundle that the environment runs now; read from the environment itself otherwise, and a first install is rehearsed where nothing was promoted to it.',
  },
  'first-install': {
    type: 'flag',
    description: 'Nothing runs in the environment, which need not be reached then: rehearse a first install.',
  },
  evidence: {
    type: 'list',
    description: "The environment's last record, as promote or upgrade wrote it: `from` must be what it tells.",
  },
  kubeconfig: {
    type: 'text',
    description:
      "Kubeconfig with the environment's contexts, which must be reached through it; KUBECONFIG or the default file otherwise. What runs there and what a rehearsal copies is read, and nothing is written.",
  },
  ...rehearsalClusterInputs,
  overlay: { type: 'text', description: 'File with what is applied otherwise than the bundle has it.' },
  workloads: {
    type: 'list',
    description: "The team's own manifests, files or folders, which are deployed beside the sample.",
  },
  prerequisites: {
    type: 'list',
    description:
      'Manifests, files or folders, of what the environment has and no bundle brings: CRDs, Secrets, operators. They are applied before the install.',
  },
  ...trafficInputs,
  rollback: { type: 'flag', description: 'Also go back when everything has moved, and forward again.' },
  soak: {
    type: 'number',
    description:
      'Seconds that any one soak of the mesh file may last in the rehearsal, at most the timeout; none is waited for otherwise.',
  },
  timeout: {
    type: 'number',
    description: 'Seconds that any one thing may take to become ready.',
    default: '300',
  },
  record: { type: 'text', description: 'File to write the record to; `rehearsal-<environment>.json` otherwise.' },
  report: { type: 'text', description: 'File to write an HTML report to.' },
} as const;

type Output = 'result' | 'record' | 'report';
type Values = InputValues<typeof inputs>;

export const rehearse = defineJob({
  name: 'rehearse',
  description:
    'Takes a throw-away cluster from what an environment runs to a new bundle, with real traffic through real proxies, and fails on a lost request.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    result:
      '`pass`, `fail` or `inconclusive`, which is never a pass; `unneeded` where the environment runs this bundle already.',
    record: 'Path of the record; empty where none was needed.',
    report: 'Path of the HTML report; empty when none was asked for, or needed.',
  } satisfies Record<Output, string>,
  async run(values, context): Promise<JobResult<Output>> {
    const started = context.clock.now();
    refuseLongSoak(values);
    refuseUnfitCluster(values);
    const to = await readBundle(values.to);
    const environment = environmentOf(to, values.environment);
    const path = values.record ?? defaultRecordPath('rehearsal', environment);
    await refuseUnwritable([path, values.report]);
    const target = targetOf(environment, values.cluster);
    const firstInstall = values['first-install'];
    const running = await runningBundle({ ...values, firstInstall }, { to, environment, target }, context);
    const from = running.bundle;
    if (from?.manifest.digest === to.manifest.digest) return unneeded(environment.name, to.manifest.digest);
    const way = rehearsalWay(from?.manifest, to.manifest, values);
    const overlay = await overlayAt(values.overlay);
    const own = await readManifests(values.workloads, 'workloads');
    const prerequisites = await readPlacedManifests(values.prerequisites, 'prerequisites');
    const traffic = await rehearsalTraffic(values, { from: from ?? to, to, target, workloads: own }, context);
    const sides = from ? { from, to } : { to };
    const brought = [...own, ...prerequisites.map(({ object }) => object)];
    const live = await askedEnvironment(running.asked, { ...sides, target, workloads: brought });
    const plan = prepareRehearsal({
      ...sides,
      way,
      cluster: target.name,
      overlay,
      soak: values.soak ?? 0,
      sample: traffic.objects,
      workloads: own,
      prerequisites,
      environment: live,
    });
    const targets = traffic.targetsOf(plan);
    const parts = rehearsalParts(context);
    const like = likeEnvironment(values, live, context);
    const rehearsal = await rehearsalOf({ values: like, context, plan, target, traffic, targets, parts });
    const record = rehearsalRecordOf(rehearsal, {
      ...(from ? { from: from.manifest } : {}),
      to: to.manifest,
      environment: environment.name,
      origin: originOf(process.env),
      started,
      finished: context.clock.now(),
    });
    const { report } = values;
    return leaveFiles(resultOf(record), [
      { output: 'record', path, content: jsonFile(record), printedAs: 'the record' },
      ...(report === undefined ? [] : [{ output: 'report', path: report, content: rehearsalReport(record) } as const]),
    ]);
  },
});

/** A soak beyond the patience of a run ends it, and nobody resumes a rehearsal. */
function refuseLongSoak({ soak = 0, timeout }: Values): void {
  if (soak <= timeout) return;
  throw new DeliveryError(
    `soak of ${soak} s is longer than timeout, ${timeout} s, and would not be waited for; give a shorter soak or a longer timeout`,
    { code: 'InvalidInput', kind: 'usage' },
  );
}

interface Work {
  values: Values;
  context: JobContext;
  plan: RehearsalPlan;
  target: ClusterTarget;
  traffic: Traffic;
  targets: RehearsalTargets;
  parts: Parts;
}

/** The rehearsal in the cluster that is given, or in its own; nothing is known of the change where that cannot be had. */
async function rehearsalOf(work: Work): Promise<Rehearsal> {
  const { values, context, plan, parts } = work;
  try {
    // A new cluster serves nothing but what Kubernetes has; of a given one nobody knows.
    const missing = plan.foreignKinds.filter(({ builtIn }) => !builtIn);
    if (values['kind-kubeconfig'] === undefined && missing.length > 0) {
      await parts.run('prerequisites', async () => refuseMissing(missing));
    }
    return await withRehearsalCluster(values, { parts, context }, (at) => rehearseAt(at, work));
  } catch (error) {
    const ended = context.signal.aborted ? undefined : unbegunRehearsal(error, { plan, parts });
    if (ended === undefined) throw error;
    return ended;
  }
}

/** Milliseconds for what can be seen of a cluster that is lost. */
const lostPatience = 10_000;

/** The rehearsal in its cluster, and what can be seen of that where it is no pass. */
async function rehearseAt(at: RehearsalCluster, work: Work): Promise<Rehearsal> {
  const watch = watchInfrastructure(at.infrastructure, work.context);
  try {
    return await watched(at, work, watch);
  } finally {
    watch.stop();
  }
}

async function watched(at: RehearsalCluster, work: Work, watch: InfrastructureWatch): Promise<Rehearsal> {
  const { values, plan, target, traffic, targets, parts } = work;
  const signal = AbortSignal.any([work.context.signal, watch.signal]);
  const context = { ...work.context, signal };
  const { kubeconfig, context: name, title, loadImages } = at;
  const { manifest } = plan.coming;
  const proxySources = (await proxySourcesOf(manifest, kubeconfig, context))({ context: name });
  const { secret } = context.reporter;
  // What a stopped run has begun is taken back; a lost cluster is asked nothing more.
  const cluster = connectCluster({ name: target.name, kubeconfig, context: name, secret, signal: watch.signal });
  const names = [plan.old, plan.coming].flatMap(({ manifest }) => manifest.images);
  const standIns = await Promise.all(plan.copies.standIns.map((standIn) => standInSecret(standIn, context)));
  const optional = [...new Set([...traffic.images, ...imagesOf([...plan.workloads, ...plan.prerequisites])])];
  const rehearsal = await runRehearsal(cluster, {
    plan,
    target: { name: target.name, context: name },
    title,
    rollback: values.rollback,
    after: traffic.after,
    // What the traffic lacks says nothing about the bundle: it is not measured, and so no pass.
    ...(loadImages ? { loadImages: () => loadImages({ names, optional }) } : {}),
    standIns,
    startTraffic: (baseline) => traffic.start(cluster, { targets, baseline, proxySources, signal }),
    targets,
    proxies: proxySources.proxies,
    counters: proxyCounters({ kubeconfig, context: name, secret, signal }),
    watch,
    parts,
    timeout: values.timeout * 1000,
    ...work.context,
  });
  const { diagnostics: folder } = values;
  if (rehearsal.result === 'pass' || folder === undefined) return rehearsal;
  const settings = toolchainSettings(process.env);
  const toolchain = createToolchain(settings, context.reporter, work.context.signal);
  const { environment } = settings;
  const istioVersion = manifest.istio.version;
  // One that is lost may answer nothing, and keep every question waiting.
  const patience = watch.signal.aborted ? { timeout: lostPatience } : {};
  await context.reporter.phase('Diagnostics', () =>
    exportDiagnostics({ kubeconfig, context: name, folder, toolchain, environment, istioVersion, ...patience }),
  );
  return rehearsal;
}

async function overlayAt(file: string | undefined): Promise<Overlay> {
  return file === undefined ? { patches: [] } : parseOverlay(await readTextFile(file, 'overlay'), file);
}

function targetOf({ name, clusters }: { name: string; clusters: ClusterTarget[] }, wanted: string | undefined) {
  const target = wanted === undefined ? clusters[0] : clusters.find((cluster) => cluster.name === wanted);
  if (target) return target;
  const known = clusters.map((cluster) => cluster.name).join(', ');
  throw new DeliveryError(`cluster "${wanted}" is not one of ${name}; it has: ${known}`, {
    code: 'ClusterUnknown',
    kind: 'usage',
  });
}

/** A run that is repeated after its promotion has nothing to prove, and must not fail over that. */
function unneeded(environment: string, digest: string): JobResult<Output> {
  const text = `${environment} runs bundle ${digest} already: there is nothing to rehearse`;
  return {
    outputs: { result: 'unneeded', record: '', report: '' },
    text: [text],
    json: { result: 'unneeded' },
    summary: markdown`${text}\n`,
  };
}

function resultOf(record: RehearsalRecord): JobResult<Output> {
  return {
    outputs: { result: record.result, record: '', report: '' },
    text: rehearsalText(record),
    json: record,
    summary: rehearsalMarkdown(record),
    ...(record.result === 'pass'
      ? {}
      : {
          failure: {
            kind: 'failed',
            reason: [
              `rehearsal of ${record.environment}: ${record.result}: ${record.reasons.join('\n')}`,
              rehearsalRemedy(record),
            ].join('\n'),
          },
        }),
  };
}
