import https from 'node:https';
import type { User } from '@kubernetes/client-node';
import { DeliveryError } from '../../errors.ts';
import { nearest } from '../../mesh/nearest.ts';
import { CredentialsLate, credentialsFailure } from './credentials-failure.ts';
import { loadKubeconfig } from './kubeconfig-files.ts';
import { usableCluster } from './usable-cluster.ts';

export interface KubeconfigSource {
  /** Path of a kubeconfig file; without it KUBECONFIG and then the user's default file. */
  kubeconfig?: string;
  context: string;
  /** Gets every credential as it is read, to hide it in all that is printed. */
  secret?: (value: string) => void;
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
  const { config, title } = loadKubeconfig(kubeconfig);
  if (config.getContextObject(config.getCurrentContext())) return config.getCurrentContext();
  throw new DeliveryError(`${title} is set to no context; name one of its own`, {
    code: 'KubeconfigInvalid',
    kind: 'usage',
  });
}

/** Reads the kubeconfig; throws `KubeconfigInvalid` when the context does not lead to a cluster that may be trusted. */
export function connect(source: KubeconfigSource): Connection {
  const { config, title, secrets } = loadKubeconfig(source.kubeconfig);
  const hide = (value: string) => source.secret?.(value);
  secrets.forEach(hide);
  const known = config.getContexts().map((context) => context.name);
  if (!known.includes(source.context)) {
    const near = nearest(source.context, known);
    const hint = near === undefined ? '' : `did you mean "${near}"? `;
    throw new DeliveryError(
      `${title} has no context "${source.context}" (it has: ${known.join(', ') || 'none'}); ${hint}correct the context in the mesh file or give another kubeconfig`,
      { code: 'KubeconfigInvalid', kind: 'usage' },
    );
  }
  config.setCurrentContext(source.context);
  const { cluster, url } = usableCluster(config, title);
  let agent: https.Agent | undefined;
  return {
    server: cluster.server,
    async options() {
      const options: https.RequestOptions = {};
      const user = config.getCurrentUser();
      const applied = config.applyToHTTPSOptions(options).then(() => {
        const credentials = credentialsOf(options);
        credentials.forEach(hide);
        // The library goes on without any where a plugin prints an answer that has none.
        if (user?.exec && credentials.length === 0) throw new TypeError('no credentials');
      });
      await withCredentials(source.context, user, applied);
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

/** What a request is signed with, wherever it came from: the kubeconfig, a file, an exec plugin, an auth provider. */
function credentialsOf({ headers, auth, key, passphrase }: https.RequestOptions): string[] {
  const { Authorization: authorization = '' } = (headers ?? {}) as Record<string, string>;
  const keys = [key].flat().filter((each) => typeof each === 'string' || Buffer.isBuffer(each));
  const basic = auth ?? '';
  return [
    authorization.replace(/^\w+ /, ''),
    basic,
    basic.slice(basic.indexOf(':') + 1),
    passphrase ?? '',
    ...keys.map(String),
  ].filter((value) => value !== '');
}

/** Milliseconds that an exec plugin may take; somebody may have to log in. */
const loginPatience = 120_000;

/** Waits for whatever hands out credentials; throws `CredentialsUnavailable` where it fails or never ends. */
async function withCredentials(context: string, user: User | null, applied: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CredentialsLate(loginPatience / 1000)), loginPatience).unref();
  });
  try {
    await Promise.race([applied, late]);
  } catch (thrown) {
    throw credentialsFailure({ context, user, thrown });
  } finally {
    clearTimeout(timer);
  }
}
