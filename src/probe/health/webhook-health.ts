import { revisionLabel } from '../../bundle/labels.ts';
import { tagOf } from '../../plan/istio-in-cluster.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { probeInjector } from '../../upgrade/injection/probe-injector.ts';
import { askValidator } from './ask-validator.ts';
import { reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';
import { deadEndsOf, istioConfigurations } from './istio-configurations.ts';
import type { PartHealth } from './part-health.ts';

interface Answer {
  /** Who was asked. */
  subject: string;
  /** Why it does not answer as it must. */
  trouble?: string;
  /** Why it is not known whether it does. */
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
      ...answerTroubles(answers),
    ],
    unknown: [
      ...reasonsOf(...istioConfigurations(facts), facts.services, facts.endpointSlices.get(facts.namespace)),
      ...new Set(
        answers.flatMap(({ unknown }) => (unknown === undefined ? [] : `whether webhooks answer: ${unknown}`)),
      ),
    ],
  };
}

/** One sentence for each cause: several webhooks have one istiod behind them. */
function answerTroubles(answers: readonly Answer[]): string[] {
  const silent = answers.filter(({ trouble }) => trouble !== undefined);
  return [...Map.groupBy(silent, ({ trouble }) => trouble)].map(([trouble, those]) => {
    const subjects = those.map(({ subject }) => subject).join(', ');
    return `${subjects} ${those.length === 1 ? 'does' : 'do'} not answer as expected: ${trouble}`;
  });
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

async function ask(cluster: Cluster, namespace: string, configuration: KubernetesObject): Promise<Answer> {
  if (configuration.kind === 'MutatingWebhookConfiguration') return askInjector(cluster, namespace, configuration);
  const subject = `the validator ${configuration.metadata.name}`;
  const answer = await askValidator(cluster, namespace, configuration);
  switch (answer.kind) {
    case 'answers':
      return { subject };
    case 'silent':
      return { subject, trouble: answer.reason };
    case 'unknown':
      return { subject, unknown: answer.reason };
  }
}

async function askInjector(cluster: Cluster, namespace: string, configuration: KubernetesObject): Promise<Answer> {
  const tag = tagOf(configuration);
  const revision = configuration.metadata.labels?.[revisionLabel];
  const subject = tag === undefined ? `the injector of revision ${revision}` : `the injector of tag ${tag}`;
  // It is none of Istio's.
  if (revision === undefined) return { subject };
  const probe = await probeInjector(cluster, { namespace, revision, ...(tag === undefined ? {} : { tag }) });
  if (probe === 'injected') return { subject };
  const isKnown = probe.conclusive && !probe.silent;
  return { subject, ...(isKnown ? { trouble: probe.trouble } : { unknown: probe.trouble }) };
}
