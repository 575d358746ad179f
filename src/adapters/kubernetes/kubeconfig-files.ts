import { readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { DeliveryError } from '../../errors.ts';
import { homeFolder } from '../files/delivery-home.ts';
import type { ExecPlugin } from './exec-plugin.ts';
import { type KubeconfigContent, kubeconfigSchema, schemaMistake } from './kubeconfig-schema.ts';
import { kubeconfigSecrets } from './kubeconfig-secrets.ts';
import { readKubeconfigSyntax, type SyntaxMistake } from './kubeconfig-syntax.ts';

/** A kubeconfig, and where it was read from as a person reads it. */
export interface LoadedKubeconfig {
  config: KubeConfig;
  /** `kubeconfig a.yaml and b.yaml (KUBECONFIG)`. */
  title: string;
  /** What stands in it that nobody may read in a log. */
  secrets: string[];
}

const podToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the given file, else the files in KUBECONFIG, else the user's own, else what a pod is given. */
export function loadKubeconfig(kubeconfig: string | undefined, environment = process.env): LoadedKubeconfig {
  const { files, title } = kubeconfigFiles(kubeconfig, environment);
  const [first, ...others] = files.map(readFile);
  if (first === undefined) return { config: ofPod(title), title, secrets: [] };
  const { config } = first;
  for (const { config: other } of others)
    config.mergeConfig(withoutKnown(other, config), config.getCurrentContext() !== '');
  return { config, title, secrets: [first, ...others].flatMap(({ secrets }) => secrets) };
}

/** The library's own default would make up a cluster on this machine where there is none. */
function ofPod(title: string): KubeConfig {
  const config = new KubeConfig();
  if (!exists(podToken) || succeeds(() => config.loadFromCluster())) return config;
  throw invalid(`${title}: the account of the pod cannot be read`, 'give the path of a kubeconfig file');
}

/** No message of the parser, the library or the system is passed on: they may quote what stands in the file. */
function readFile(file: string): Omit<LoadedKubeconfig, 'title'> {
  const text = textOf(file);
  const syntax = readKubeconfigSyntax(text);
  if (syntax.kind === 'unreadable') throw mistaken(file, syntax);
  const content = kubeconfigSchema.safeParse(syntax.value);
  if (!content.success) throw mistaken(file, schemaMistake(text, content.error));
  const config = new KubeConfig();
  if (!succeeds(() => config.loadFromString(text))) {
    const reason = 'a name in it is missing, or a file that it names cannot be read';
    throw mistaken(file, { reason, remedy: 'see each cluster, user and context of it' });
  }
  config.makePathsAbsolute(dirname(file));
  takeTokenFiles(config, content.data, dirname(file));
  takePlugins(config, content.data, dirname(file));
  return { config, secrets: kubeconfigSecrets(content.data) };
}

/** The library does not look at `tokenFile` of a user, and would go on as nobody; it reads one of an auth provider anew in time. */
function takeTokenFiles(config: KubeConfig, { users }: KubeconfigContent, folder: string): void {
  const files = new Map((users ?? []).map(({ name, user }) => [name, user?.tokenFile]));
  for (const user of config.getUsers()) {
    const tokenFile = files.get(user.name);
    if (!tokenFile || user.token) continue;
    Object.assign(user, { authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } } });
  }
}

/** The library knows neither where a plugin's relative path begins nor what a cluster has to say to plugins. */
function takePlugins(config: KubeConfig, { clusters }: KubeconfigContent, folder: string): void {
  for (const user of config.getUsers()) {
    const { command } = (user.exec ?? {}) as Partial<ExecPlugin>;
    // A bare name is looked for in PATH.
    if (command?.includes('/')) Object.assign(user, { exec: { ...user.exec, command: resolve(folder, command) } });
  }
  for (const cluster of config.getClusters()) {
    const { extensions } = clusters?.find(({ name }) => name === cluster.name)?.cluster ?? {};
    const found = extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec');
    if (found) Object.assign(cluster, { pluginConfig: found.extension });
  }
}

function succeeds(load: () => void): boolean {
  try {
    load();
    return true;
  } catch {
    return false;
  }
}

function textOf(file: string): string {
  const remedy = 'give the path of a kubeconfig file';
  try {
    if (statSync(file).isFile()) return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw invalid(`kubeconfig ${file} cannot be read: ${reasons[code] ?? code}`, remedy);
  }
  // It is read again for new credentials, and by istioctl: what can be read once is no kubeconfig.
  throw invalid(`kubeconfig ${file} cannot be read: it is no regular file`, remedy);
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file (ENOENT)',
  EACCES: 'this account may not read it (EACCES)',
};

function mistaken(file: string, { reason, remedy, at }: SyntaxMistake): DeliveryError {
  const where = at ? `:${at.line}:${at.column}` : '';
  return invalid(`kubeconfig ${file}${where} cannot be read: ${reason}`, `${remedy} (not quoted: it may be secret)`);
}

function invalid(what: string, remedy: string): DeliveryError {
  return new DeliveryError(`${what}; ${remedy}`, { code: 'KubeconfigInvalid', kind: 'usage' });
}

/** Somebody gave the kubeconfig itself, as it stands in the secret of a workflow, where its path belongs. */
function refuseContent(given: string, what: string): void {
  const isContent = /[\n{]/.test(given) || /^[A-Za-z0-9+/=]{256,}$/.test(given);
  if (isContent)
    throw invalid(`${what} holds a kubeconfig itself`, 'write it to a file that only you may read, and give its path');
}

/** The files that are read; none where nothing but the machine itself says where a cluster is. */
export function kubeconfigFiles(
  kubeconfig: string | undefined,
  environment: NodeJS.ProcessEnv,
): { files: string[]; title: string } {
  refuseContent(kubeconfig ?? '', 'the kubeconfig given');
  refuseContent(environment.KUBECONFIG ?? '', 'KUBECONFIG');
  if (kubeconfig !== undefined) return { files: [kubeconfig], title: `kubeconfig ${kubeconfig}` };
  const named = (environment.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) {
    // As kubectl does: a file of the list may be missing, as long as there is one.
    const there = named.filter(exists);
    const files = there.length > 0 ? there : named;
    return { files, title: `kubeconfig ${files.join(' and ')} (KUBECONFIG)` };
  }
  const home = homeFolder(environment);
  if (home === undefined) {
    return { files: [], title: 'kubeconfig (there is none: KUBECONFIG is not set, and this user has no home folder)' };
  }
  const own = join(home, '.kube', 'config');
  if (exists(own)) return { files: [own], title: `kubeconfig ${own}` };
  return { files: [], title: `kubeconfig ${own} (there is none; KUBECONFIG is not set)` };
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Of two entries with one name the first file's counts, as for kubectl. */
function withoutKnown(other: KubeConfig, config: KubeConfig): KubeConfig {
  const unknown = <T extends { name: string }>(entries: T[], known: { name: string }[]) =>
    entries.filter(({ name }) => !known.some((entry) => entry.name === name));
  other.clusters = unknown(other.clusters, config.clusters);
  other.users = unknown(other.users, config.users);
  other.contexts = unknown(other.contexts, config.contexts);
  return other;
}
