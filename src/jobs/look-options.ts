import type { BundleManifest } from '../bundle/bundle.ts';
import type { LookOptions } from '../probe/health/look-at.ts';
import type { JobContext } from './job.ts';
import { type ProxySourcesOf, proxySourcesOf } from './proxy-sources.ts';

/** How a look at the health of clusters is taken; istioctl is had only where there are proxies to ask for. */
export function lookOptions(
  manifest: Pick<BundleManifest, 'environments' | 'istio' | 'namespaces' | 'health'>,
  kubeconfig: string | undefined,
  context: JobContext,
): Omit<LookOptions, 'connect'> {
  const { clock, reporter, signal } = context;
  let sources: Promise<ProxySourcesOf> | undefined;
  return {
    environments: manifest.environments,
    namespace: manifest.namespaces.controlPlane,
    settle: manifest.health.settle * 1000,
    proxiesOf: async (target) => {
      sources ??= proxySourcesOf(manifest, kubeconfig, context);
      return (await sources)(target).proxies;
    },
    clock,
    signal,
    onProgress: (text) => reporter.progress(text),
  };
}
