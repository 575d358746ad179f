import { revisionLabel } from '../../bundle/labels.ts';
import { DeliveryError } from '../../errors.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { podTemplate } from '../workloads/workload.ts';
import { injectLabel } from '../workloads/workload-move.ts';
import { type NewPod, type OfferedPod, offerPod } from './offer-pod.ts';

/** The labels of a workload's pods that injection goes by. */
export function injectionLabels(object: KubernetesObject): Record<string, string> {
  const { labels } = podTemplate(object);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key === injectLabel || key === revisionLabel));
}

/** Milliseconds: each API server of a cluster hears of a webhook's change within seconds. */
const heardOf = { within: 20_000, askEvery: 1_000 };

/**
 * Makes sure, before the first restart in a namespace, that such pods get the revision: a pod that comes with another
 * one keeps it for life. Fails with `WorkloadUnhealthy`, naming the revision that injects; what only others refuse is
 * left to the rollout, which shows it.
 */
export async function requireInjection(context: UpgradeContext, pod: NewPod, revision: string): Promise<void> {
  const { clock, signal, cluster, timeout } = context;
  const giveUp = clock.now().getTime() + Math.min(heardOf.within, timeout);
  for (;;) {
    const offered = await offerPod(cluster, pod);
    if (offered.kind === 'refused' || (offered.kind === 'injected' && offered.revision === revision)) return;
    if (clock.now().getTime() >= giveUp) {
      throw notInjected(`${pod.namespace} of cluster ${cluster.name}`, revision, offered);
    }
    await clock.sleep(heardOf.askEvery, signal);
  }
}

function notInjected(
  namespace: string,
  revision: string,
  offered: Exclude<OfferedPod, { kind: 'refused' }>,
): DeliveryError {
  const subject = `namespace ${namespace} was left as it is`;
  const resume = 'and resume: the upgrade goes on from here';
  if (offered.kind === 'unreachable') {
    return new DeliveryError(`${subject}: no new pod would start there: ${offered.reason}`, {
      remedy: `mend that ${resume}`,
      code: 'WorkloadUnhealthy',
      retryable: true,
    });
  }
  const proxy = offered.kind === 'without proxy' ? 'no proxy' : `a proxy of revision ${offered.revision ?? 'unknown'}`;
  return new DeliveryError(`${subject}: a new pod would start there with ${proxy}, not of ${revision}`, {
    remedy: `see where the namespace's labels istio.io/rev and istio-injection lead ${resume}`,
    code: 'WorkloadUnhealthy',
    retryable: true,
  });
}
