import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { DeliveryError, messageOf } from '../../errors.ts';
import { homeFolder } from '../files/delivery-home.ts';

/** A kubeconfig, and where it was read from as a person reads it. */
export interface LoadedKubeconfig {
  config: KubeConfig;
  /** `kubeconfig a.yaml and b.yaml (KUBECONFIG)`. */
  title: string;
}

const podToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the given file, else the files in KUBECONFIG, else the user's own, else what a pod is given. */
export function loadKubeconfig(kubeconfig: string | undefined, environment = process.env): LoadedKubeconfig {
  const { files, title } = kubeconfigFiles(kubeconfig, environment);
  const config = new KubeConfig();
  try {
    const [first, ...others] = files;
    if (first !== undefined) config.loadFromFile(regularFile(first));
    // The library's own default would make up a cluster on this machine where there is none.
    else if (exists(podToken)) config.loadFromCluster();
    for (const file of others) {
      const other = new KubeConfig();
      other.loadFromFile(regularFile(file));
      config.mergeConfig(withoutKnown(other, config), config.getCurrentContext() !== '');
    }
    return { config, title };
  } catch (error) {
    throw new DeliveryError(`${title} cannot be read: ${messageOf(error)}; give the path of a kubeconfig file`, {
      code: 'KubeconfigInvalid',
      kind: 'usage',
      cause: error,
    });
  }
}

/** The files that are read; none where nothing but the machine itself says where a cluster is. */
export function kubeconfigFiles(
  kubeconfig: string | undefined,
  environment: NodeJS.ProcessEnv,
): { files: string[]; title: string } {
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

/** It is read again for new credentials, and by istioctl: what can be read once is no kubeconfig. */
function regularFile(file: string): string {
  if (!statSync(file).isFile()) throw new Error(`${file} is no regular file`);
  return file;
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
