import { revisionLabel } from '../../bundle/labels.ts';
import { isIstioWebhook } from '../../plan/istio-in-cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { type CalledService, calledServices, hasReadyEndpoint } from '../istio-webhooks.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { type MeshFacts, nameOf, revisionOf, stageObjects } from './mesh-facts.ts';

interface Webhook {
  name: string;
  clientConfig?: { url?: string; caBundle?: string };
}

function webhooksIn(configuration: KubernetesObject): Webhook[] {
  return (configuration.webhooks ?? []) as Webhook[];
}

/** The webhooks of a revision, and those of the tags that point to it. */
export function webhooksOfRevision({ webhooks, namespace }: MeshFacts, revision: string): KubernetesObject[] {
  return webhooks.filter(
    (configuration) =>
      isIstioWebhook(configuration) &&
      (configuration.metadata.labels?.[revisionLabel] === revision ||
        calledServices(configuration).some(
          (each) => each.name === `istiod-${revision}` && each.namespace === namespace,
        )),
  );
}

/** Whether the webhooks that serve the mesh now can be called, and the injector does its work. */
export function webhookHealth(facts: MeshFacts): Trouble[] {
  const configurations = webhooksOfRevision(facts, revisionOf(facts.old));
  return [...missing(facts), ...configurations.flatMap((each) => judge(each, facts)), ...injection(facts)];
}

/** What the promoted bundle has and the cluster has not. */
function missing({ old, webhooks }: MeshFacts): Trouble[] {
  const live = new Set(webhooks.map(nameOf));
  return [...stageObjects(old, 'revision'), ...stageObjects(old, 'routing')]
    .filter((object) => object.kind.endsWith('WebhookConfiguration') && !live.has(nameOf(object)))
    .map((object) =>
      fail('it belongs to the promoted bundle and does not exist', 'promote that bundle again', nameOf(object)),
    );
}

function judge(configuration: KubernetesObject, facts: MeshFacts): Trouble[] {
  const name = nameOf(configuration);
  const open = webhooksIn(configuration).filter(({ clientConfig }) => !clientConfig?.url && !clientConfig?.caBundle);
  return [
    ...calledServices(configuration).flatMap((service): Trouble[] => {
      const title = `Service ${service.namespace}/${service.name}`;
      if (!serviceExists(facts, service)) {
        return [
          fail(
            `it points to ${title}, which does not exist`,
            'promote the running bundle again, or delete the webhook where nothing uses it',
            name,
          ),
        ];
      }
      if (hasReadyEndpoint(facts.endpointSlices, service)) return [];
      return [fail(`${title} behind it has no ready endpoint`, 'bring its istiod up first', name)];
    }),
    ...open.map((webhook) =>
      fail(`webhook ${webhook.name} has no CA bundle`, 'see in the log of istiod why it cannot write it', name),
    ),
  ];
}

function injection({ injector, old, namespace }: MeshFacts): Trouble[] {
  if (injector === 'injected') return [];
  const { trouble, conclusive } = injector;
  const revision = revisionOf(old);
  return conclusive
    ? [
        fail(
          `the injector of revision ${revision} does not answer as it should: ${trouble}`,
          'mend its webhook and its istiod first',
        ),
      ]
    : [
        warn(
          `whether the injector of revision ${revision} answers is not known: ${trouble}`,
          `see what refuses a pod in namespace ${namespace}`,
        ),
      ];
}

export function serviceExists({ services }: MeshFacts, { name, namespace }: CalledService): boolean {
  return services.some(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
}
