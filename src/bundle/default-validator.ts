import type { KubernetesObject } from '../ports/objects.ts';
import { revisionLabel, tagLabel } from './labels.ts';

/** Istio's webhook that validates configuration for the default tag. */
export const defaultValidatorName = 'istiod-default-validator';

/**
 * Istio's default validator in the form that `istioctl tag set default` gives it: a part of the default tag, and
 * only for objects of no revision, so that what is labelled for a new revision is not refused by the old one.
 */
export function asPartOfDefaultTag(validator: KubernetesObject): KubernetesObject {
  const labels = { ...validator.metadata.labels, [tagLabel]: 'default' };
  const webhooks = (validator.webhooks as Record<string, unknown>[]).map((webhook) => ({
    ...webhook,
    objectSelector: { matchExpressions: [{ key: revisionLabel, operator: 'DoesNotExist' }] },
  }));
  return { ...validator, metadata: { ...validator.metadata, labels }, webhooks };
}
