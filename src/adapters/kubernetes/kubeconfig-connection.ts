import https from 'node:https';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { DeliveryError } from '../../errors.ts';
import { nearest } from '../../mesh/nearest.ts';
import { untilAborted } from '../toolchain/until-aborted.ts';
import { CredentialsLate, credentialsFailure } from './credentials-failure.ts';
import { askPlugin, type ExecPlugin, type PluginCredential } from './exec-plugin.ts';
import { loadKubeconfig } from './kubeconfig-files.ts';
import { onceUntilExpired } from './once-until-expired.ts';
import { usableCluster } from './usable-cluster.ts';

export interface KubeconfigSource {
  /** Path of a kubeconfig file; without it KUBECONFIG and then the user's default file. */
  kubeconfig?: string;
  context: string;
  /** Gets every credential as it is read, to hide it in all that is printed. */
  secret?: (value: string) => void;
}

/** Requests that are under way at once; the others wait for one of them to end. */
const connections = 32;

/** One cluster of a kubeconfig. */
export interface Connection {
  /** Address of the API server. */
  server: string;
  /** What every request needs: where to, with which credentials. Asks an exec plugin or a file again where these say so; `patient` is for what stays open. */
  options(request?: { signal?: AbortSignal; patient?: boolean }): Promise<https.RequestOptions>;
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
  const plugin = pluginCredentials(config);
  let agents: { requests: https.Agent; streams: https.Agent } | undefined;
  let used = config;
  return {
    server: cluster.server,
    async options({ signal = new AbortController().signal, patient = false } = {}) {
      const options: https.RequestOptions = {};
      const given = await withCredentials({ ...source, signal }, config.getCurrentUser(), async () => {
        const current = await plugin(signal);
        await current.applyToHTTPSOptions(options);
        return current;
      });
      credentialsOf(options).forEach(hide);
      // A certificate goes with the connections that were made with it.
      if (given !== used) agents = undefined;
      used = given;
      const { auth, headers, agent: made, ca, cert, key, pfx, passphrase, servername } = options;
      const tls = { ca, cert, key, pfx, passphrase, servername };
      // One pool for the whole run; client-node makes an agent, and so a TLS handshake, for every request. What stays
      // open for as long as it likes must leave no request waiting.
      agents ??= cluster.proxyUrl
        ? { requests: made as https.Agent, streams: made as https.Agent }
        : {
            requests: new https.Agent({ ...tls, keepAlive: true, maxSockets: connections }),
            streams: new https.Agent({ ...tls, keepAlive: true }),
          };
      return {
        ...(headers ? { headers } : {}),
        ...(auth ? { auth } : {}),
        agent: patient ? agents.streams : agents.requests,
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

/** Milliseconds that credentials may take; somebody may have to log in. */
const patience = 120_000;

/** Waits for whatever hands out credentials; throws `CredentialsUnavailable` where it fails or never ends. */
async function withCredentials<T>(
  { context, signal }: { context: string; signal: AbortSignal },
  user: User | null,
  apply: () => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  // A plugin has a time of its own, at the end of which it is ended; this is for what cannot be ended.
  const timer = setTimeout(() => late.abort(new CredentialsLate(patience / 1000)), 2 * patience).unref();
  try {
    return await untilAborted(apply(), AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    signal.throwIfAborted();
    throw credentialsFailure({ context, user, thrown });
  } finally {
    clearTimeout(timer);
  }
}

/** The kubeconfig as the library can use it: with what an exec plugin hands out in place of the plugin. */
function pluginCredentials(config: KubeConfig): (signal: AbortSignal) => Promise<KubeConfig> {
  const user = config.getCurrentUser();
  const cluster = config.getCurrentCluster();
  if (!user?.exec || !cluster) return () => Promise.resolve(config);
  const plugin = user.exec as ExecPlugin;
  const ask = async (signal: AbortSignal) => {
    const { env: environment, stdin, stderr } = process;
    const hasTerminal = stdin.isTTY === true && stderr.isTTY === true;
    const credential = await askPlugin({ plugin, cluster, environment, hasTerminal, patience, signal });
    return { config: withCredential(config, user, credential), expires: credential.expires };
  };
  return onceUntilExpired(ask);
}

function withCredential(config: KubeConfig, user: User, { token, certificate, key }: PluginCredential): KubeConfig {
  const { exec: _exec, ...rest } = user;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const signed = {
    ...rest,
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined || key === undefined ? {} : { certData: base64(certificate), keyData: base64(key) }),
  };
  const { clusters, contexts, currentContext } = config;
  const made = new KubeConfig();
  made.loadFromOptions({ clusters, contexts, users: [signed], currentContext });
  return made;
}
