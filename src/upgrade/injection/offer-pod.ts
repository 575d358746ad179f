import { DeliveryError, messageOf } from '../../errors.ts';
import { isIstioName } from '../../plan/istio-in-cluster.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { hasProxy, proxyRevision } from '../workloads/proxy-pod.ts';

/** A pod that is to come. */
export interface NewPod {
  namespace: string;
  /** Those of its labels that injection goes by. */
  labels: Record<string, string>;
  /** What it is to become: a gateway needs no init container, which sidecars need rights for. Undefined: a sidecar. */
  template?: 'gateway';
}

/** What became of a pod that was offered to a cluster. */
export type OfferedPod =
  /** It got a proxy; undefined where it says of no revision. */
  | { kind: 'injected'; revision: string | undefined }
  | { kind: 'without proxy' }
  /** Istio's own webhook does not answer, or refuses it; or the API server itself does not answer. */
  | { kind: 'unreachable'; reason: string; by: 'webhook' | 'API server' }
  /** Something else refuses it (a quota, a policy, another webhook), so that nothing is known of the injector. */
  | { kind: 'refused'; reason: string };

/** Offers a pod by a server-side dry run: it goes through the webhooks, and nothing is stored. */
export async function offerPod(cluster: Cluster, pod: NewPod): Promise<OfferedPod> {
  const { namespace } = pod;
  try {
    const options = { fieldManager: 'istio-delivery-probe', dryRun: true, force: true };
    const result = await cluster.apply(harmlessPod(pod), options);
    switch (result.kind) {
      case 'applied':
        return hasProxy(result.object)
          ? { kind: 'injected', revision: proxyRevision(result.object) }
          : { kind: 'without proxy' };
      case 'invalid':
        return refusedBy(result.reason);
      case 'absent':
        return { kind: 'refused', reason: `namespace ${namespace} does not exist` };
      case 'conflict':
      case 'changed':
        return { kind: 'refused', reason: `a pod ${namespace}/${podName} is there already` };
    }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (error.code === 'WebhookUnreachable') return refusedBy(messageOf(error));
    const reason = messageOf(error);
    return error.retryable ? { kind: 'unreachable', reason, by: 'API server' } : { kind: 'refused', reason };
  }
}

/** Another tool's webhook may stand before Istio's; a quota stands behind it. */
function refusedBy(reason: string): OfferedPod {
  return isOfIstio(reason) ? { kind: 'unreachable', reason, by: 'webhook' } : { kind: 'refused', reason };
}

/** Whether what the API server says about a webhook is about one of Istio's. */
export function isOfIstio(reason: string): boolean {
  return [...reason.matchAll(/webhook "([^"]*)"/g)].some(([, name = '']) => isIstioName(name));
}

const podName = 'istio-delivery-probe';
const small = { cpu: '1m', memory: '1Mi' };

/** As harmless as the strictest policy asks for: what it is refused for is not its own. */
function harmlessPod({ namespace, labels, template }: NewPod): KubernetesObject {
  const annotations = template === undefined ? {} : { annotations: { 'inject.istio.io/templates': template } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, namespace, labels: { app: podName, ...labels }, ...annotations },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...(template === undefined ? { name: 'probe', image: 'probe' } : { name: 'istio-proxy', image: 'auto' }),
          resources: { requests: small, limits: small },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}
