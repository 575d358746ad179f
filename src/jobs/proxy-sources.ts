import { certificateDirectory } from '../adapters/istioctl/proxy-certificates.ts';
import { proxyDirectory } from '../adapters/istioctl/proxy-status.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import type { ProxySources } from '../probe/checks/ask-checks.ts';
import type { JobContext } from './job.ts';

/** Who tells of the proxies of a cluster. */
export type ProxySourcesOf = (target: { context: string }) => ProxySources;

/** Has istioctl of the version that the mesh goes to ask proxies and istiods of any revision. */
export async function proxySourcesOf(
  { istio, namespaces }: Pick<BundleManifest, 'istio' | 'namespaces'>,
  kubeconfig: string | undefined,
  { reporter, signal }: JobContext,
): Promise<ProxySourcesOf> {
  const toolchain = createToolchain(toolchainSettings(process.env), reporter, signal);
  const istioctl = await toolchain.resolve('istioctl', istio.version);
  const warned = new Set<string>();
  // It is asked every few seconds, and says the same each time.
  const onWarning = (text: string) => {
    if (!warned.has(text)) reporter.warning(`istioctl: ${text}`);
    warned.add(text);
  };
  return ({ context }) => {
    const access = { istioctl, context, signal, onWarning, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
    return {
      proxies: proxyDirectory({ ...access, namespace: namespaces.controlPlane }),
      certificates: certificateDirectory(access),
    };
  };
}
