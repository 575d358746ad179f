import type { Stage } from '../bundle/bundle.ts';
import { tagLabel } from '../bundle/labels.ts';
import { defaultTag } from '../mesh/mesh.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { StepId } from './upgrade-steps.ts';

/** The step of an upgrade that applies an object of the bundle. */
export function stepOf(stage: Stage, object: KubernetesObject, policy: UpgradePolicy): StepId {
  switch (stage) {
    case 'namespaces':
    case 'crds':
    case 'base':
      return 'base';
    case 'revision':
      return 'control-plane';
    case 'config':
      return 'config';
    case 'gateways':
      return 'gateways';
    case 'routing':
      return stepOfRouting(object, policy);
  }
}

function stepOfRouting({ kind, metadata }: KubernetesObject, { groups, gatewayApiTag }: UpgradePolicy): StepId {
  const tag = metadata.labels?.[tagLabel];
  if (tag === defaultTag) return 'default';
  if (tag !== undefined && tag === gatewayApiTag) return 'gateway-api';
  const group = groups.find((candidate) =>
    kind === 'Namespace' ? candidate.namespaces.includes(metadata.name) : candidate.tag === tag,
  );
  return group ? `group:${group.name}` : 'gateway-switch';
}
