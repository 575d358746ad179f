import { revisionLabel } from '../../bundle/labels.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { podTemplate } from '../workloads/workload.ts';
import type { RevisionFacts } from './revision-facts.ts';
import { type LeavingRevision, leaves, namesOf, type RevisionUse } from './revision-use.ts';

/** Namespaces, pod templates and Gateways whose label says the revision, or a tag that means it. */
export function labelUses(facts: RevisionFacts, leaving: LeavingRevision): RevisionUse[] {
  const names = namesOf(facts, leaving);
  return [
    ...facts.namespaces.flatMap((namespace) => namespaceUse(namespace, names)),
    ...facts.templates
      .filter((template) => !leaves(leaving, objectId(template)))
      .flatMap((template) => templateUse(template, names)),
    ...facts.gateways
      .filter((gateway) => !leaves(leaving, objectId(gateway)))
      .flatMap((gateway) => gatewayUse(gateway, names)),
  ];
}

function namespaceUse(namespace: KubernetesObject, names: Map<string, string>): RevisionUse[] {
  const { labels = {} } = namespace.metadata;
  const object = formatObjectId(objectId(namespace));
  const name = names.get(labels[revisionLabel] ?? '');
  const byDefault = names.get('default');
  const cure = 'label it with a tag that stays, or move its tag';
  if (labels['istio-injection'] === 'enabled' && byDefault !== undefined) {
    return [{ proof: 'labels', object, reason: `has istio-injection=enabled: it is served by ${byDefault}`, cure }];
  }
  return name === undefined ? [] : [{ proof: 'labels', object, reason: `is labelled with ${name}`, cure }];
}

function templateUse(template: KubernetesObject, names: Map<string, string>): RevisionUse[] {
  const name = names.get(podLabels(template)[revisionLabel] ?? '');
  if (name === undefined) return [];
  return [
    {
      proof: 'labels',
      object: formatObjectId(objectId(template)),
      reason: `gives its pods the label of ${name}`,
      cure: `take the label ${revisionLabel} out of its pod template, or set it to a tag that stays`,
    },
  ];
}

function podLabels(template: KubernetesObject): Record<string, string> {
  if (template.kind !== 'CronJob') return podTemplate(template).labels;
  const { jobTemplate = {} } = (template.spec ?? {}) as { jobTemplate?: { spec?: unknown } };
  return podTemplate({ ...template, spec: jobTemplate.spec }).labels;
}

function gatewayUse(gateway: KubernetesObject, names: Map<string, string>): RevisionUse[] {
  const name = names.get(gateway.metadata.labels?.[revisionLabel] ?? '');
  if (name === undefined) return [];
  return [
    {
      proof: 'gateways',
      object: formatObjectId(objectId(gateway)),
      reason: `is labelled with ${name}`,
      cure: 'label it with a tag that stays, or move its tag',
    },
  ];
}
