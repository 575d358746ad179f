import { DeliveryError, messageOf } from '../../errors.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { isOfIstio } from '../../upgrade/injection/offer-pod.ts';

/** What came of asking a validator. */
export type ValidatorAnswer =
  | { kind: 'answers' }
  | { kind: 'silent'; reason: string }
  /** Something else stood in the way. */
  | { kind: 'unknown'; reason: string };

/** Whether a validator answers, by the dry run of a harmless object of Istio's that it is asked about. */
export async function askValidator(
  cluster: Cluster,
  namespace: string,
  validator: KubernetesObject,
): Promise<ValidatorAnswer> {
  try {
    const options = { fieldManager: 'istio-delivery-probe', dryRun: true, force: true };
    const result = await cluster.apply(harmlessPolicy(namespace, validator), options);
    switch (result.kind) {
      case 'applied':
      case 'conflict':
      case 'changed':
        return { kind: 'answers' };
      case 'absent':
        return { kind: 'unknown', reason: `there is no ${result.missing} for a PeerAuthentication in ${namespace}` };
      case 'invalid':
        // A webhook that refuses has answered; every other refusal says nothing of it.
        return isOfIstio(result.reason) ? { kind: 'answers' } : { kind: 'unknown', reason: result.reason };
    }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    const reason = messageOf(error);
    return { kind: error.code === 'WebhookUnreachable' && isOfIstio(reason) ? 'silent' : 'unknown', reason };
  }
}

/** It selects no pod, and has the labels by which the validator's webhooks choose what they are asked about. */
function harmlessPolicy(namespace: string, validator: KubernetesObject): KubernetesObject {
  const name = 'istio-delivery-probe';
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name, namespace, labels: chosenLabels(validator) },
    spec: { selector: { matchLabels: { app: name } } },
  };
}

interface ObjectSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

function chosenLabels({ webhooks }: KubernetesObject): Record<string, string> {
  const [webhook] = (webhooks ?? []) as { objectSelector?: ObjectSelector }[];
  const { matchLabels = {}, matchExpressions = [] } = webhook?.objectSelector ?? {};
  const wanted = matchExpressions.flatMap(({ key, operator, values: [value] = [] }) =>
    operator === 'In' && value !== undefined ? [[key, value]] : [],
  );
  return { ...matchLabels, ...(Object.fromEntries(wanted) as Record<string, string>) };
}
