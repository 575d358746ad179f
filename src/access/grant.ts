import type { AccessCondition, Verb } from './access-rule.ts';

/** Verbs on one resource in one place: what a rule comes to in a cluster. */
export type Grant = ResourceGrant | PathGrant;

export interface ResourceGrant {
  verbs: readonly Verb[];
  apiGroup: string;
  /** With its subresource: `pods/log`. */
  resource: string;
  /** Only objects of these names. */
  names?: readonly string[];
  /** In all of them, or of none, where it is absent. */
  namespace?: string;
  when?: AccessCondition;
  why: string;
}

export interface PathGrant {
  verbs: readonly Verb[];
  path: string;
  why: string;
}

export function isPathGrant(grant: Grant): grant is PathGrant {
  return 'path' in grant;
}

/** Without what wider ones give anyway: a right in all namespaces is one in each, one without names is one for each. */
export function withoutCovered(grants: readonly Grant[]): Grant[] {
  return grants.flatMap((grant, index): Grant[] => {
    if (isPathGrant(grant)) return [grant];
    const verbs = grant.verbs.filter(
      (verb) =>
        !grants.some(
          (other, at) =>
            at !== index &&
            !isPathGrant(other) &&
            other.verbs.includes(verb) &&
            covers(other, grant) &&
            // Of two that say the same the first one stays.
            (at < index || !covers(grant, other)),
        ),
    );
    return verbs.length === 0 ? [] : [{ ...grant, verbs }];
  });
}

function covers(wide: ResourceGrant, narrow: ResourceGrant): boolean {
  return (
    wide.apiGroup === narrow.apiGroup &&
    wide.resource === narrow.resource &&
    (wide.namespace === undefined || wide.namespace === narrow.namespace) &&
    (wide.names === undefined || (narrow.names?.every((name) => wide.names?.includes(name)) ?? false))
  );
}
