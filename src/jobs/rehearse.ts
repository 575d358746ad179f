import { readBundle } from '../adapters/files/read-bundle.ts';
import { readManifests, readPlacedManifests } from '../adapters/files/read-manifests.ts';
import { readTextFile, refuseUnwritable } from '../adapters/files/text-files.ts';
import { originOf } from '../adapters/runner/origin.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { environmentOf } from '../plan/plan-environment.ts';
import { type RehearsalRecord, rehearsalRecordOf } from '../record/rehearsal-record.ts';
import { rehearsalReport } from '../record/rehearsal-report.ts';
import { rehearsalMarkdown, rehearsalText } from '../record/rehearsal-summary.ts';
import type { Overlay } from '../rehearsal/overlay/overlay.ts';
import { parseOverlay } from '../rehearsal/overlay/parse-overlay.ts';
import { rehearsalParts } from '../rehearsal/parts.ts';
import { prepareRehearsal } from '../rehearsal/prepare-rehearsal.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import { rehearsalRemedy } from '../rehearsal/rehearsal-result.ts';
import { rehearsalWay } from '../rehearsal/rehearsal-way.ts';
import { unbegunRehearsal } from '../rehearsal/unbegun-rehearsal.ts';
import { markdown } from '../text/markdown.ts';
import { askedEnvironment, likeEnvironment } from './asked-environment.ts';
import { diagnoseRehearsal } from './diagnose-rehearsal.ts';
import { defineJob, type InputValues, type JobResult } from './job.ts';
import { jsonFile, leaveFiles } from './leave-files.ts';
import { leaveRehearsal } from './leave-rehearsal.ts';
import { defaultRecordPath } from './record-path.ts';
import { refuseUnfitCluster, rehearsalClusterInputs, withRehearsalCluster } from './rehearsal-cluster.ts';
import { rehearsalTraffic, trafficInputs } from './rehearsal-traffic.ts';
import { refuseUndefined, rehearseInCluster } from './rehearse-in-cluster.ts';
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
    const { report } = values;
    const recordOf = (rehearsal: Rehearsal) =>
      rehearsalRecordOf(rehearsal, {
        ...(from ? { from: from.manifest } : {}),
        to: to.manifest,
        environment: environment.name,
        origin: originOf(process.env),
        started,
        finished: context.clock.now(),
      });
    let soFar = () => unbegunRehearsal(plan, parts);
    const work = { values, plan, target, traffic, targets, parts };
    return leaveRehearsal<Output>({
      parts,
      signal: context.signal,
      soFar: () => soFar(),
      leave: async (rehearsal) => {
        const record = recordOf(rehearsal);
        return leaveFiles(resultOf(record), [
          { output: 'record', path, content: jsonFile(record), printedAs: 'the record' },
          ...(report === undefined
            ? []
            : [{ output: 'report', path: report, content: rehearsalReport(record) } as const]),
        ]);
      },
      run: async (ended) => {
        await refuseUndefined(work);
        await withRehearsalCluster(like, { parts, context }, async (at) => {
          const begun = (tell: () => Rehearsal) => {
            soFar = tell;
          };
          const rehearsal = await rehearseInCluster(at, { ...work, begun }, context);
          await ended(rehearsal);
          const { diagnostics: folder } = values;
          if (rehearsal.result === 'pass' || folder === undefined) return;
          const { namespaces } = traffic;
          const logged = traffic.logged();
          const facts = { ...sides, folder, namespaces, logged, cluster: target.name, record: recordOf(rehearsal) };
          await diagnoseRehearsal(at, facts, context);
        });
      },
    });
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
            kind: record.parts.some(({ result }) => result === 'interrupted') ? 'interrupted' : 'failed',
            reason: [
              `rehearsal of ${record.environment}: ${record.result}: ${record.reasons.join('\n')}`,
              rehearsalRemedy(record),
            ].join('\n'),
          },
        }),
  };
}
