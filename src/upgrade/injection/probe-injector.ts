import { injectionLabel, revisionLabel } from '../../bundle/labels.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { offerPod } from './offer-pod.ts';

/** What came of asking an injector. */
export type InjectorProbe =
  | 'injected'
  | {
      trouble: string;
      /** False where something else refused the pod, so that nothing is known of the injector. */
      conclusive: boolean;
      /** The API server itself does not answer. */
      silent?: true;
    };

/**
 * Asks the injector of a revision for a proxy, by the dry run of a pod that names the revision itself, or a tag that
 * leads to it.
 */
export async function probeInjector(
  cluster: Cluster,
  { namespace, revision, tag }: { namespace: string; revision: string; tag?: string },
): Promise<InjectorProbe> {
  const labels = { [revisionLabel]: tag ?? revision, 'sidecar.istio.io/inject': 'true' };
  const sidecar = await offerPod(cluster, { namespace, labels });
  // Pod Security refuses what a sidecar's init container needs, and says nothing of the injector by that.
  const isInsecure = sidecar.kind === 'refused' && sidecar.reason.includes('violates PodSecurity');
  const offered = isInsecure ? await offerPod(cluster, { namespace, labels, template: 'gateway' }) : sidecar;
  switch (offered.kind) {
    case 'injected':
      return offered.revision === revision
        ? 'injected'
        : { trouble: `the pod got a proxy of revision ${offered.revision ?? 'unknown'}`, conclusive: true };
    case 'without proxy':
      return unserved(cluster, namespace);
    case 'unreachable':
      return { trouble: offered.reason, conclusive: true, ...(offered.by === 'API server' ? { silent: true } : {}) };
    case 'refused':
      return { trouble: offered.reason, conclusive: false };
  }
}

/** Istio's webhooks ask for a pod's own label only where its namespace says nothing. */
async function unserved(cluster: Cluster, name: string): Promise<InjectorProbe> {
  const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name });
  const label = [injectionLabel, revisionLabel].find((each) => namespace?.metadata.labels?.[each] !== undefined);
  if (label === undefined) return { trouble: 'no webhook gave the pod a proxy', conclusive: true };
  return {
    trouble: `namespace ${name} has the label ${label}, which keeps the pod from the webhook`,
    conclusive: false,
  };
}
