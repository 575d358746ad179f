import { revisionLabel } from '../../bundle/labels.ts';
import { defaultTag } from '../../mesh/mesh.ts';
import { interruptsGateways } from '../../plan/istio-support.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { istioGateways, programmingLack, servedBy } from '../gateways/istio-gateway.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { type MeshFacts, nameOf, revisionOf, versionOf } from './mesh-facts.ts';

/**
 * A gateway that istiod makes rolls the moment its tag moves, so it must move with nothing else. One without the label
 * takes that of its namespace, as istiod does, and at last the default tag.
 */
export function gatewayApiTag(facts: MeshFacts): Trouble[] {
  const gateways = istioGateways(facts.gateways, facts.gatewayClasses);
  return [...gateways.flatMap((gateway) => judge(gateway, facts)), ...interruption(gateways.length, facts)];
}

/** The upgrade waits until a Gateway that it has moved is programmed: one that never was would hold it up half-way. */
export function unprogrammedGateways({ gateways, gatewayClasses }: MeshFacts): Trouble[] {
  return istioGateways(gateways, gatewayClasses).flatMap((gateway) => {
    const lack = programmingLack(gateway);
    if (lack === undefined) return [];
    return [fail(`it is not programmed: ${lack}`, 'mend it first, or waive this check for it', nameOf(gateway))];
  });
}

function interruption(gateways: number, { old }: MeshFacts): Trouble[] {
  const defect = interruptsGateways(versionOf(old));
  if (gateways === 0 || !defect) return [];
  const reason = `the istiod of ${versionOf(old)} takes the configuration away from Gateways (${gateways} here) that another revision takes over, for up to half a minute (${defect.source})`;
  return [warn(reason, `bring the running revision to ${defect.fixed} or later first`)];
}

function judge(gateway: KubernetesObject, { namespaces, policy, old, new: next }: MeshFacts): Trouble[] {
  const tag = policy.gatewayApiTag;
  const { name: served, from } = servedBy(gateway, namespaces);
  if (served === tag) return [];
  const cure =
    tag === undefined
      ? `set gatewayApi.tag in the mesh file, and label the Gateway ${revisionLabel} with that tag`
      : `label it ${revisionLabel}=${tag}`;
  const inherited = from === 'namespace' ? ', which its namespace carries' : '';
  if (policy.groups.some((group) => group.tag === served)) {
    const reason = `it follows the tag "${served}" of a group of workloads${inherited}: it would roll at once when that tag moves`;
    return [fail(reason, cure, nameOf(gateway))];
  }
  if (served === revisionOf(old) || served === revisionOf(next)) {
    const reason = `it is pinned to revision ${served}${inherited}: no step of the upgrade moves it`;
    return [fail(reason, cure, nameOf(gateway))];
  }
  if (served !== defaultTag) return [];
  return [warn('it follows the default tag, and rolls at once when that moves', cure, nameOf(gateway))];
}
