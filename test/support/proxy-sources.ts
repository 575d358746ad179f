import { certificateDirectory } from '../../src/adapters/istioctl/proxy-certificates.ts';
import { proxyDirectory } from '../../src/adapters/istioctl/proxy-status.ts';
import type { ProxySources } from '../../src/probe/checks/ask-checks.ts';
import type { Embedded } from './embedded.ts';

export interface SourceOptions {
  context: string;
  /** Of the embedded clusters where nothing is said. */
  kubeconfig?: string;
  signal?: AbortSignal;
}

/** Asks the proxies of a cluster with the istioctl of the embedded clusters. */
export function proxySources(embedded: Embedded, options: SourceOptions): ProxySources {
  const { context, kubeconfig = embedded.kubeconfig, signal = new AbortController().signal } = options;
  const istioctl = {
    name: 'istioctl',
    version: '1.31.0',
    path: embedded.tool('istioctl'),
    sha256: '',
    source: '',
  } as const;
  const access = { istioctl, kubeconfig, context, signal };
  return {
    proxies: proxyDirectory({ ...access, namespace: 'istio-system' }),
    certificates: certificateDirectory(access),
  };
}
