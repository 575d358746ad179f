import { accessSync, constants } from 'node:fs';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { DeliveryError } from '../../errors.ts';
import { urlSecrets } from '../runner/url-secrets.ts';

/** Those for which the library runs a command of theirs in a shell, which prints what it likes. */
const removedProviders = ['azure', 'gcp'];

/** Those that the library asks: with any other it would go on as nobody. */
const knownProviders = ['oidc', 'tokenFile'];

/** The cluster of the current context, where it and its user can be used and trusted; `KubeconfigInvalid` otherwise. */
export function usableCluster(config: KubeConfig, title: string): { cluster: Cluster; url: URL } {
  const context = config.getCurrentContext();
  const user = config.getCurrentUser();
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw invalid(`context "${context}" names a cluster that ${title} does not have`, 'correct the kubeconfig');
  const wanted = config.getContextObject(context)?.user;
  if (!user && wanted) {
    const known = config.getUsers().map(({ name }) => name);
    throw invalid(
      `context "${context}" names user "${wanted}", which ${title} does not have (it has: ${known.join(', ') || 'none'})`,
      'correct the kubeconfig',
    );
  }
  refuseProvider(context, user);
  return { cluster, url: trustedAddress(context, cluster) };
}

function refuseProvider(context: string, user: User | null): void {
  const name: unknown = user?.authProvider?.name;
  if (typeof name !== 'string' || knownProviders.includes(name)) return;
  const why = removedProviders.includes(name) ? 'which Kubernetes 1.26 removed' : 'which nobody here can ask';
  throw invalid(`user of context "${context}" has auth-provider ${name}, ${why}`, 'use its exec plugin instead');
}

function trustedAddress(context: string, { server, skipTLSVerify, caFile }: Cluster): URL {
  if (urlSecrets(server).length > 0 || server.includes('@')) {
    const remedy = 'move them to its user in the kubeconfig';
    throw invalid(`context "${context}" has credentials in the address of its server`, remedy);
  }
  if (skipTLSVerify) {
    const remedy = "give the cluster's certificate-authority-data instead";
    throw invalid(`context "${context}" sets insecure-skip-tls-verify`, remedy);
  }
  const reason = caFile === undefined ? undefined : unreadable(caFile);
  if (reason !== undefined) {
    const what = `the certificate-authority of context "${context}", ${caFile}, cannot be read: ${reason}`;
    throw invalid(what, 'correct its path in the kubeconfig');
  }
  const url = URL.parse(server);
  if (url?.protocol === 'https:') return url;
  throw invalid(`context "${context}" leads to "${server}", which is no https address`, 'give one that is');
}

function unreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no such file' : code;
  }
}

function invalid(what: string, remedy: string): DeliveryError {
  return new DeliveryError(`${what}; ${remedy}`, { code: 'KubeconfigInvalid', kind: 'usage' });
}
