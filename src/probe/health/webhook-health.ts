import { revisionLabel } from '../../bundle/labels.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { probeInjector } from '../../upgrade/injection/probe-injector.ts';
import { tagOf } from '../../upgrade/retirement/revision-use.ts';
import { askValidator } from './ask-validator.ts';
import { reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';
import { deadEndsOf, istioConfigurations } from './istio-configurations.ts';
import type { PartHealth } from './part-health.ts';

interface Answer {
  trouble?: string;
  unknown?: string;
}

/** Whether the webhooks of every revision and tag can be called and answer, by dry runs. */
export async function webhookHealth(cluster: Cluster, facts: HealthFacts): Promise<PartHealth> {
  const configurations = istioConfigurations(facts).flatMap((live) => valueOf(live) ?? []);
  const callable = configurations.filter((each) => deadEndsOf(facts, each).length === 0);
  const answers = await Promise.all(callable.map((configuration) => ask(cluster, facts.namespace, configuration)));
  return {
    part: 'webhooks',
    troubles: [
      ...deadEndTroubles(facts, configurations),
      ...configurations.flatMap(unlikeBundles),
      ...answers.flatMap(({ trouble }) => trouble ?? []),
    ],
    unknown: [
      ...reasonsOf(...istioConfigurations(facts), facts.services, facts.endpointSlices.get(facts.namespace)),
      ...new Set(answers.flatMap(({ unknown }) => unknown ?? [])),
    ],
  };
}

/** One sentence for each Service: several configurations call one. */
function deadEndTroubles(facts: HealthFacts, configurations: readonly KubernetesObject[]): string[] {
  const calls = configurations.flatMap((configuration) =>
    deadEndsOf(facts, configuration).map(({ service, reason }) => ({
      by: formatObjectId(objectId(configuration)),
      what: `Service ${service.namespace}/${service.name}, which ${reason}`,
    })),
  );
  return [...Map.groupBy(calls, ({ what }) => what)].map(([what, those]) => {
    const callers = those.map(({ by }) => by);
    return `${callers.join(', ')} ${callers.length === 1 ? 'calls' : 'call'} ${what}`;
  });
}

interface Webhook {
  name: string;
  clientConfig?: { caBundle?: string; service?: { namespace: string; name: string } };
}

/** Webhooks of one configuration that call one Service trust one authority. A missing bundle is a trouble of the object. */
function unlikeBundles(configuration: KubernetesObject): string[] {
  const webhooks = (configuration.webhooks ?? []) as Webhook[];
  const first = webhooks.find(({ clientConfig }) => clientConfig?.caBundle);
  return webhooks.flatMap(({ name, clientConfig }) => {
    const isOther =
      clientConfig?.caBundle &&
      clientConfig.service?.name === first?.clientConfig?.service?.name &&
      clientConfig.caBundle !== first?.clientConfig?.caBundle;
    if (!isOther) return [];
    return [
      `${formatObjectId(objectId(configuration))}: webhook ${name} has another CA bundle than webhook ${first?.name}`,
    ];
  });
}

function ask(cluster: Cluster, namespace: string, configuration: KubernetesObject): Promise<Answer> {
  return configuration.kind === 'MutatingWebhookConfiguration'
    ? askInjector(cluster, namespace, configuration)
    : askItsValidator(cluster, namespace, configuration);
}

async function askInjector(cluster: Cluster, namespace: string, configuration: KubernetesObject): Promise<Answer> {
  const tag = tagOf(configuration);
  const revision = configuration.metadata.labels?.[revisionLabel];
  // It is none of Istio's.
  if (revision === undefined) return {};
  const name = tag === undefined ? `the injector of revision ${revision}` : `the injector of tag ${tag}`;
  const probe = await probeInjector(cluster, { namespace, revision, ...(tag === undefined ? {} : { tag }) });
  if (probe === 'injected') return {};
  if (!probe.conclusive || probe.silent) return { unknown: `whether injectors answer: ${probe.trouble}` };
  return { trouble: `${name} gives a pod no proxy: ${probe.trouble}` };
}

async function askItsValidator(cluster: Cluster, namespace: string, configuration: KubernetesObject): Promise<Answer> {
  const answer = await askValidator(cluster, namespace, configuration);
  const name = formatObjectId(objectId(configuration));
  switch (answer.kind) {
    case 'answers':
      return {};
    case 'silent':
      return { trouble: `${name} does not answer: ${answer.reason}` };
    case 'unknown':
      return { unknown: `whether validators answer: ${answer.reason}` };
  }
}
