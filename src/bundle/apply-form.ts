import type { KubernetesObject } from '../ports/objects.ts';
import type { Stage } from './bundle.ts';
import { holdFieldManager } from './field-manager.ts';
import { type FieldStep, ownsField } from './field-ownership.ts';
import { keepRouting } from './keep-routing.ts';

/** A rendered object and where it stands in the bundle. */
export interface RenderedObject {
  object: KubernetesObject;
  stage: Stage;
  /** A HorizontalPodAutoscaler of the bundle sets its replicas. */
  scaled: boolean;
  /** Of an upgrade: an object of stage `routing` points where it is rendered to point, not where the live one does. */
  moves?: boolean;
}

interface Webhook {
  name: string;
  failurePolicy?: string;
  clientConfig?: { caBundle?: string };
}

/**
 * What is sent to the API server: at creation the object as rendered, afterwards without the fields that
 * controllers own. Such a field that `fieldManager` still owns keeps its live value instead, because the
 * API server puts its default in place of an owned field that is no longer sent.
 */
export function applyForm(
  { object, stage, scaled, moves = false }: RenderedObject,
  live: KubernetesObject | undefined,
  fieldManager: string,
): KubernetesObject {
  const form = structuredClone(object);
  if (live === undefined) return form;
  if (scaled) leaveReplicas(form, live, fieldManager);
  if (form.kind === 'HorizontalPodAutoscaler') leaveHeldMinimum(form, live, fieldManager);
  leaveWebhooks(form, live, fieldManager);
  if (stage === 'routing' && !moves) keepRouting(form, live);
  return form;
}

function leaveReplicas(form: KubernetesObject, live: KubernetesObject, fieldManager: string): void {
  leave({
    rendered: form.spec as Record<string, unknown> | undefined,
    live: live.spec as Record<string, unknown> | undefined,
    field: 'replicas',
    owned: ownsField(live, fieldManager, ['spec', 'replicas']),
  });
}

/** An upgrade that was cut off holds the size of a gateway still. */
function leaveHeldMinimum(form: KubernetesObject, live: KubernetesObject, fieldManager: string): void {
  const path = ['spec', 'minReplicas'];
  if (!ownsField(live, holdFieldManager, path)) return;
  leave({
    rendered: form.spec as Record<string, unknown> | undefined,
    live: live.spec as Record<string, unknown> | undefined,
    field: 'minReplicas',
    owned: ownsField(live, fieldManager, path),
  });
}

/** istiod writes the CA bundle of every webhook of its revision, and the failure policy of those that validate. */
function leaveWebhooks(form: KubernetesObject, live: KubernetesObject, fieldManager: string): void {
  const validates = form.kind === 'ValidatingWebhookConfiguration';
  if (!validates && form.kind !== 'MutatingWebhookConfiguration') return;
  const liveWebhooks = (live.webhooks ?? []) as Webhook[];
  for (const webhook of (form.webhooks ?? []) as Webhook[]) {
    const liveWebhook = liveWebhooks.find(({ name }) => name === webhook.name);
    // A webhook that is new in a live configuration is created as rendered.
    if (liveWebhook === undefined) continue;
    const owned = (...path: FieldStep[]) =>
      ownsField(live, fieldManager, ['webhooks', { name: webhook.name }, ...path]);
    leave({
      rendered: webhook.clientConfig,
      live: liveWebhook.clientConfig,
      field: 'caBundle',
      owned: owned('clientConfig', 'caBundle'),
    });
    if (validates) {
      leave({ rendered: webhook, live: liveWebhook, field: 'failurePolicy', owned: owned('failurePolicy') });
    }
  }
}

interface LeftField<Holder extends object> {
  rendered: Holder | undefined;
  live: Holder | undefined;
  field: keyof Holder;
  owned: boolean;
}

function leave<Holder extends object>({ rendered, live, field, owned }: LeftField<Holder>): void {
  if (rendered === undefined) return;
  if (owned && live?.[field] !== undefined) rendered[field] = live[field];
  else delete rendered[field];
}
