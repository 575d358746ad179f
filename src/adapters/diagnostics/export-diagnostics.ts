import pMap from 'p-map';
import { diagnosedMesh } from '../../local/diagnosed-mesh.ts';
import { diagnosedPods } from '../../local/diagnosed-pods.ts';
import type { PodContainer } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import {
  type AskedCluster,
  type Diagnostics,
  type DiagnosticsFolder,
  diagnosticsFolder,
} from './diagnostics-folder.ts';
import { diagnosticsIndex } from './diagnostics-index.ts';

/** What whoever exports knows himself. */
export interface Diagnosis {
  /** First lines of the index. */
  title: readonly string[];
  /** Texts of his own, by file. */
  texts: Readonly<Record<string, string>>;
  /** Namespaces whose pods tell something though they are well. */
  namespaces: readonly string[];
  /** When it went wrong: logs are taken from shortly before, their end otherwise. */
  since?: Date;
  /** Namespace and name of pods that stand first. */
  suspects: readonly string[];
}

export interface DiagnosticsOptions extends AskedCluster {
  /** Is made where it is missing; what stands in it already stays, files of the same names are replaced. */
  folder: string;
  diagnosis?: Diagnosis;
  /** Milliseconds for all of it; three minutes where nothing is said. */
  timeout?: number;
  /** Ends it sooner. */
  signal?: AbortSignal;
}

/** How much is exported at most, of a cluster in which everything is broken. */
const limits = { logs: 60, lines: 5_000, bytes: 2_000_000, proxies: 60, summaries: 12, atOnce: 4 };

/** Milliseconds of a log before the first failure. */
const before = 30_000;

export const nothingKnown: Diagnosis = { title: [], texts: {}, namespaces: [], suspects: [] };

/**
 * Writes what can be seen of a cluster into a folder: events, nodes, pods and their descriptions, the logs of the mesh
 * and of pods that are not well, Istio's objects, and the state and configuration of every proxy. Throws nothing: what
 * cannot be had is noted, and of a cluster that does not answer no more is asked.
 */
export async function exportDiagnostics(options: DiagnosticsOptions): Promise<Diagnostics> {
  const { diagnosis = nothingKnown, timeout = 180_000 } = options;
  // Of its own: a run that was stopped still tells what there was.
  const patience = AbortSignal.timeout(timeout);
  const signal = options.signal ? AbortSignal.any([patience, options.signal]) : patience;
  const folder = diagnosticsFolder(options.folder, options, signal);
  // What needs no cluster comes first, and its end may come soon.
  for (const [file, text] of Object.entries(diagnosis.texts)) folder.write(file, text);
  if (await folder.answers()) await exportCluster(folder, diagnosis);
  folder.close();
  leaveIndex(folder, diagnosis);
  return folder.found;
}

/** Says what stands in the folder, and what does not; once more where something was added. */
export function leaveIndex(
  folder: Pick<DiagnosticsFolder, 'found' | 'write'>,
  { title }: Pick<Diagnosis, 'title'>,
): void {
  const { found, write } = folder;
  if (found.failures.length > 0) write('failures.txt', found.failures.join('\n'));
  write('index.txt', diagnosticsIndex(title, found));
}

async function exportCluster(folder: DiagnosticsFolder, diagnosis: Diagnosis): Promise<void> {
  const { found, ask } = folder;
  const get = (file: string, ...args: string[]) => ask(file, 'kubectl', ['get', ...args]);
  const pods = readPods(await get('pods.json', 'pods', ...everywhere, '--output', 'json'));
  const { unready, restarted, injected, lines } = diagnosedPods(pods);
  const { logs, revisions } = diagnosedMesh(pods, diagnosis.namespaces);
  found.unwell.push(...lines);
  const known = new Set(unready.map(keyOf));
  const around = suspectsFirst(logs, diagnosis).filter((container) => !known.has(keyOf(container)));
  const ends = ['--tail', String(limits.lines)];
  const log = (container: PodContainer, suffix: string, which: readonly string[]) => () =>
    ask(logFile(container, suffix), 'kubectl', [...logArguments(container), ...which]);
  // What tells most comes first: there may be no time for all of it.
  await inTurns(
    [
      () => get('pods.txt', 'pods', ...everywhere, '--output', 'wide'),
      () => get('events.txt', 'events', ...everywhere, '--sort-by=.metadata.creationTimestamp', '--output', 'wide'),
      ...cut(folder, 'logs', unready, limits.logs).map((container) => log(container, '', ends)),
      ...restarted.slice(0, limits.logs).map((container) => log(container, '.previous', [...ends, '--previous'])),
      ...cut(folder, 'logs', around, limits.logs).map((container) => log(container, '', stretchOf(diagnosis))),
      () => exportIstio(folder),
      ...revisions.map(({ namespace, revision }) => () => {
        const asked = ['proxy-status', '--revision', revision, '--istioNamespace', namespace];
        return ask(`istio/proxy-status-${revision}.txt`, 'istioctl', asked);
      }),
      () => get('kubernetes/namespaces.txt', 'namespaces', '--show-labels'),
      () => get('kubernetes/services.yaml', 'services', ...everywhere, '--output', 'yaml'),
      () => get('kubernetes/endpointslices.yaml', 'endpointslices', ...everywhere, '--output', 'yaml'),
      () => get('kubernetes/mutatingwebhooks.yaml', 'mutatingwebhookconfigurations', '--output', 'yaml'),
      () => get('kubernetes/validatingwebhooks.yaml', 'validatingwebhookconfigurations', '--output', 'yaml'),
      () => ask('pods-described.txt', 'kubectl', ['describe', 'pods', ...everywhere]),
      () => ask('nodes-described.txt', 'kubectl', ['describe', 'nodes']),
    ],
    (each) => each(),
  );
  await exportProxies(folder, suspectsFirst(injected.map(asPod), diagnosis), diagnosis);
}

const everywhere = ['--all-namespaces'] as const;

/** Every object of a type that Istio or the Gateway API brings, whichever there are. */
async function exportIstio({ ask }: DiagnosticsFolder): Promise<void> {
  const types = await ask('istio/types.txt', 'kubectl', ['api-resources', '--verbs', 'list', '--output', 'name']);
  const ours = types?.split('\n').filter((type) => /\.(istio\.io|gateway\.networking\.k8s\.io)$/.test(type)) ?? [];
  if (ours.length === 0) return;
  await ask('istio/objects.yaml', 'kubectl', ['get', ours.join(','), ...everywhere, '--output', 'yaml']);
}

/** The configuration of every proxy; where requests failed, those on their way as tables too. */
async function exportProxies(
  folder: DiagnosticsFolder,
  injected: readonly Pick<PodContainer, 'namespace' | 'pod'>[],
  { suspects, namespaces, since }: Diagnosis,
): Promise<void> {
  const all = ({ namespace, pod }: Pick<PodContainer, 'namespace' | 'pod'>) => {
    return ['proxy-config', 'all', `${pod}.${namespace}`];
  };
  const onTheWay = injected.filter((pod) => isSuspect(pod, suspects) || namespaces.includes(pod.namespace));
  const first = since === undefined ? [] : onTheWay;
  await inTurns(first.slice(0, limits.summaries), (pod) =>
    folder.ask(`proxies/${pod.namespace}/${pod.pod}.txt`, 'istioctl', all(pod)),
  );
  await inTurns(cut(folder, 'proxies', injected, limits.proxies), (pod) =>
    folder.ask(`proxies/${pod.namespace}/${pod.pod}.json`, 'istioctl', [...all(pod), '--output', 'json']),
  );
}

function asPod({ namespace, name }: { namespace: string; name: string }) {
  return { namespace, pod: name };
}

function suspectsFirst<T extends { namespace: string; pod: string }>(
  all: readonly T[],
  { suspects, namespaces }: Diagnosis,
): T[] {
  const rank = (pod: T) => (isSuspect(pod, suspects) ? 0 : namespaces.includes(pod.namespace) ? 1 : 2);
  return all.toSorted((left, right) => rank(left) - rank(right));
}

function isSuspect({ namespace, pod }: { namespace: string; pod: string }, suspects: readonly string[]): boolean {
  return suspects.includes(`${namespace}/${pod}`);
}

/** What is left out is noted. */
function cut<T>({ found }: DiagnosticsFolder, what: string, all: readonly T[], most: number): readonly T[] {
  if (all.length > most) found.failures.push(`${what}: ${all.length - most} more were left out`);
  return all.slice(0, most);
}

function inTurns<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<unknown> {
  return pMap(all, run, { concurrency: limits.atOnce });
}

function readPods(text: string | undefined): KubernetesObject[] {
  return text === undefined ? [] : (JSON.parse(text) as { items: KubernetesObject[] }).items;
}

function logArguments({ namespace, pod, container }: PodContainer): string[] {
  return ['logs', pod, '--namespace', namespace, '--container', container, '--timestamps'];
}

/** Which part of a long log. */
function stretchOf({ since }: Diagnosis): string[] {
  if (since === undefined) return ['--tail', String(limits.lines)];
  const from = new Date(since.getTime() - before).toISOString();
  return ['--since-time', from, '--limit-bytes', String(limits.bytes)];
}

function keyOf({ namespace, pod, container }: PodContainer): string {
  return `${namespace}/${pod}/${container}`;
}

function logFile({ namespace, pod, container }: PodContainer, suffix: string): string {
  return `logs/${namespace}/${pod}/${container}${suffix}.log`;
}
