import { DeliveryError, messageOf } from '../../errors.ts';
import type { ConnectedProxy, ProxyDirectory } from '../../ports/proxies.ts';
import type { Tool } from '../../ports/toolchain.ts';
import { credentialsReason, isCredentialsFailure } from './credentials-reason.ts';
import { parseProxyStatus } from './parse-proxy-status.ts';
import { type IstioctlResult, runIstioctl } from './run-istioctl.ts';

export interface ProxyDirectoryOptions {
  istioctl: Tool;
  /** Path of a kubeconfig file; without it KUBECONFIG and then the user's default file. */
  kubeconfig?: string;
  context: string;
  /** Namespace of the control plane. */
  namespace: string;
  signal: AbortSignal;
  /** Gets what istioctl warns of, as often as it does. */
  onWarning?: (text: string) => void;
}

/** Milliseconds that istioctl may take: it opens a port-forward to every istiod, one after the other. */
const patience = 60_000;

/** Asks every istiod of a revision, through `istioctl proxy-status`. */
export function proxyDirectory(options: ProxyDirectoryOptions): ProxyDirectory {
  return {
    async connected(revision) {
      const result = await ask(options, revision);
      if (result.exitCode !== 0) throw unavailable(options, revision, whyNot(result));
      return read(options, revision, result.output);
    },
  };
}

async function ask(options: ProxyDirectoryOptions, revision: string): Promise<IstioctlResult> {
  const { istioctl, kubeconfig, context, namespace, signal, onWarning } = options;
  const args = ['proxy-status', '--revision', revision, '--output', 'json'];
  args.push('--context', context, '--istioNamespace', namespace, ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []));
  // Said outright, they win over what a configuration file at home says.
  args.push('--namespace=', '--xds-address=');
  try {
    const result = await runIstioctl(istioctl, args, { environment: environment(), signal, timeout: patience });
    result.warnings.forEach((warning) => onWarning?.(warning));
    return result;
  } catch (cause) {
    signal.throwIfAborted();
    throw unavailable(options, revision, messageOf(cause), cause);
  }
}

function read(options: ProxyDirectoryOptions, revision: string, output: string): ConnectedProxy[] {
  try {
    return parseProxyStatus(output);
  } catch (cause) {
    throw unavailable(options, revision, `its answer cannot be read: ${messageOf(cause)}`, cause);
  }
}

/** Credentials of a kubeconfig may need any variable; those that change what istioctl does are left out. */
function environment(): NodeJS.ProcessEnv {
  const foreign = ([name]: [string, unknown]) => !name.startsWith('ISTIOCTL_') && name !== 'ISTIOCONFIG';
  return Object.fromEntries(Object.entries(process.env).filter(foreign));
}

function whyNot({ exitCode, timedOut, errors, warnings, output }: IstioctlResult): string {
  if (timedOut) return `istioctl, or an exec plugin that it asks, did not answer within ${patience / 1000} s`;
  if (exitCode === undefined) return 'istioctl was ended by a signal';
  const said = (errors || warnings.join(', ') || output.trim()).replace(/^Error: /, '');
  if (isCredentialsFailure(said)) return credentialsReason;
  return said === '' ? `istioctl ended with exit code ${exitCode}` : said;
}

function unavailable(
  { context, namespace }: ProxyDirectoryOptions,
  revision: string,
  reason: string,
  cause?: unknown,
): DeliveryError {
  return new DeliveryError(
    `proxies of revision ${revision} cannot be listed (context "${context}"): ${reason}; see whether every istiod of the revision in ${namespace} is ready, and whether this account may forward ports there and create tokens for ServiceAccounts`,
    // A right that is missing does not come by waiting.
    {
      code: 'ProxyStatusUnavailable',
      retryable: !/\bforbidden\b/i.test(reason),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
