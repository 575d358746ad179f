import type { KubernetesObject } from '../ports/objects.ts';
import { revisionLabel } from './labels.ts';

interface RoutedWebhook {
  name: string;
  clientConfig?: { service?: { name: string } };
}

/**
 * Makes a rendered object of stage `routing` point where the live one points: which revision serves
 * is set at creation and afterwards only by an upgrade or its rollback.
 */
export function keepRouting(form: KubernetesObject, live: KubernetesObject): void {
  switch (form.kind) {
    case 'MutatingWebhookConfiguration':
    case 'ValidatingWebhookConfiguration':
      keepRevision(form.metadata.labels, live.metadata.labels);
      keepServices((form.webhooks ?? []) as RoutedWebhook[], (live.webhooks ?? []) as RoutedWebhook[]);
      return;
    case 'Service':
      keepRevision(form.metadata.labels, live.metadata.labels);
      keepRevision(selectorOf(form), selectorOf(live));
      return;
    default:
      // A group's Namespace carries a tag, which is no revision: it is promoted as rendered.
      return;
  }
}

function keepServices(webhooks: readonly RoutedWebhook[], liveWebhooks: readonly RoutedWebhook[]): void {
  for (const webhook of webhooks) {
    const service = webhook.clientConfig?.service;
    // A webhook that is new in the configuration joins its siblings.
    const sibling = liveWebhooks.find(({ name }) => name === webhook.name) ?? liveWebhooks[0];
    const name = sibling?.clientConfig?.service?.name;
    if (service !== undefined && name !== undefined) service.name = name;
  }
}

function keepRevision(rendered: Record<string, string> | undefined, live: Record<string, string> | undefined): void {
  const revision = live?.[revisionLabel];
  if (rendered?.[revisionLabel] !== undefined && revision !== undefined) rendered[revisionLabel] = revision;
}

function selectorOf(service: KubernetesObject): Record<string, string> | undefined {
  return (service.spec as { selector?: Record<string, string> } | undefined)?.selector;
}
