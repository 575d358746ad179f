import { type Grant, isPathGrant } from './grant.ts';

/** A rule of a Role or ClusterRole, as RBAC has it. */
export interface PolicyRule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}

/** A rule, and what it is for. */
export interface ReasonedRule {
  rule: PolicyRule;
  why: string;
}

/** The rules of grants of one place, in their order; resources with the same verbs for the same reason are one rule. */
export function policyRules(grants: readonly Grant[]): ReasonedRule[] {
  return [...Map.groupBy(grants, keyOf).values()].flatMap((alike): ReasonedRule[] => {
    const [first] = alike;
    if (first === undefined) return [];
    const { why } = first;
    const verbs = [...first.verbs];
    if (isPathGrant(first)) return [{ rule: { nonResourceURLs: [first.path], verbs }, why }];
    const resources = alike.flatMap((grant) => (isPathGrant(grant) ? [] : [grant.resource]));
    const names = first.names ? { resourceNames: [...first.names] } : {};
    return [{ rule: { apiGroups: [first.apiGroup], resources, ...names, verbs }, why }];
  });
}

function keyOf(grant: Grant): string {
  if (isPathGrant(grant)) return JSON.stringify([grant.path, grant.verbs]);
  const { apiGroup, verbs, names, why } = grant;
  return JSON.stringify([apiGroup, verbs, names, why]);
}

/** Grants by namespace, sorted; those of all namespaces, and of none, first and without a name. */
export function byNamespace(grants: readonly Grant[]): { namespace?: string; grants: Grant[] }[] {
  const places = Map.groupBy(grants, (grant) => (isPathGrant(grant) ? '' : (grant.namespace ?? '')));
  return [...places.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([namespace, those]) => (namespace === '' ? { grants: those } : { namespace, grants: those }));
}
