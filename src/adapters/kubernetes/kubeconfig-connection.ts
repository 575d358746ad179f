import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { DeliveryError, messageOf } from '../../errors.ts';

export interface KubeconfigSource {
  /** Path of a kubeconfig file; without it KUBECONFIG and then the user's default file. */
  kubeconfig?: string;
  context: string;
}

const connections = 32;

/** One cluster of a kubeconfig. */
export interface Connection {
  /** Address of the API server. */
  server: string;
  /** What every request needs: where to, with which credentials. Asks an exec plugin or a file again where these say so. */
  options(): Promise<https.RequestOptions>;
}

/** The context that a kubeconfig is set to; throws `KubeconfigInvalid` where it is set to none. */
export function currentContext(kubeconfig: string): string {
  const config = load(kubeconfig);
  if (config.getContextObject(config.getCurrentContext())) return config.getCurrentContext();
  throw new DeliveryError(`kubeconfig ${kubeconfig} is set to no context; name one of its own`, {
    code: 'KubeconfigInvalid',
    kind: 'usage',
  });
}

/** Reads the kubeconfig; throws `KubeconfigInvalid` when the context does not lead to a cluster that may be trusted. */
export function connect(source: KubeconfigSource): Connection {
  const config = load(source.kubeconfig);
  const known = config.getContexts().map((context) => context.name);
  if (!known.includes(source.context)) {
    throw new DeliveryError(
      `kubeconfig ${source.kubeconfig ?? '(default)'} has no context "${source.context}" (it has: ${known.join(', ') || 'none'}); correct the context in the mesh file or give another kubeconfig`,
      { code: 'KubeconfigInvalid', kind: 'usage' },
    );
  }
  config.setCurrentContext(source.context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new DeliveryError(`context "${source.context}" names a cluster that the kubeconfig does not have`, {
      code: 'KubeconfigInvalid',
      kind: 'usage',
    });
  }
  if (cluster.skipTLSVerify) {
    throw new DeliveryError(
      `context "${source.context}" sets insecure-skip-tls-verify; give the cluster's certificate-authority-data instead`,
      { code: 'KubeconfigInvalid', kind: 'usage' },
    );
  }
  const url = new URL(cluster.server);
  if (url.protocol !== 'https:') {
    throw new DeliveryError(
      `context "${source.context}" leads to ${cluster.server}, which is not https; give one that is`,
      {
        code: 'KubeconfigInvalid',
        kind: 'usage',
      },
    );
  }
  let agent: https.Agent | undefined;
  return {
    server: cluster.server,
    async options() {
      const options: https.RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const { auth, headers, agent: made, ca, cert, key, pfx, passphrase, servername } = options;
      const tls = { ca, cert, key, pfx, passphrase, servername };
      // One pool for the whole run; client-node makes an agent, and so a TLS handshake, for every request.
      agent ??= cluster.proxyUrl
        ? (made as https.Agent)
        : new https.Agent({ ...tls, keepAlive: true, maxSockets: connections });
      return {
        ...(headers ? { headers } : {}),
        ...(auth ? { auth } : {}),
        agent,
        hostname: url.hostname,
        ...(url.port ? { port: url.port } : {}),
        path: url.pathname.replace(/\/$/, ''),
      };
    },
  };
}

function load(kubeconfig: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
    return config;
  } catch (error) {
    throw new DeliveryError(
      `kubeconfig ${kubeconfig ?? '(default)'} cannot be read: ${messageOf(error)}; give the path of a kubeconfig file`,
      { code: 'KubeconfigInvalid', kind: 'usage', cause: error },
    );
  }
}
