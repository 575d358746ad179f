import { DeliveryError } from '../errors.ts';
import { readInventory } from '../plan/cluster-state.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { type AccessBundle, type AccessFacts, accessFacts } from './access-facts.ts';
import type { AccessCommand, Verb } from './access-rule.ts';
import { accessRules } from './access-rules.ts';
import { type Grant, isPathGrant, withoutCovered } from './grant.ts';
import { grantsOf, grantsOfRule } from './grants-of.ts';
import { missingGrants } from './missing-grants.ts';
import { printRules } from './print-access.ts';
import { byNamespace, policyRules } from './roles.ts';
import { tryRoles } from './try-roles.ts';

/**
 * Makes sure, before the first write of a command, that this account has every right that the command needs. Throws
 * `AccessMissing` (refused) with all that is missing, as rules to add. `groups`: the namespaces whose workloads move.
 */
export async function requireAccess(
  cluster: Cluster,
  command: AccessCommand,
  { groups = [], ...part }: AccessBundle & { groups?: readonly string[] },
): Promise<void> {
  const { controlPlane } = part.manifest.namespaces;
  // A repair prunes nothing, and may be for an inventory that cannot be read.
  const read = async () => (command === 'repair' ? [] : readInventory(cluster, controlPlane));
  const inventory = await unlessForbidden([], read);
  const facts = { ...accessFacts([part]), before: inventory.map(({ id }) => id), groups };
  const grants = withoutCovered(grantsOf(facts, [command]));
  const missing = await missingGrants(
    cluster,
    grants.filter((grant) => !isEscalation(grant)),
  );
  const roles = await missingEscalations(cluster, facts, grants.filter(isEscalation));
  const lacking = [...missing, ...roles];
  if (lacking.length > 0) throw accessMissing(cluster.name, command, lacking);
}

/**
 * Does what comes before that question is asked. Where a right is missing for it, all that are missing are told by
 * `require` and not that one alone.
 */
export async function orAllMissing<T>(require: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isForbidden(error)) await require();
    throw error;
  }
}

/** What is asked for, or something else where this account may not ask. */
export async function unlessForbidden<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isForbidden(error)) return otherwise;
    throw error;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof DeliveryError && error.code === 'Forbidden';
}

function isEscalation({ verbs }: Pick<Grant, 'verbs'>): boolean {
  return verbs.some((verb) => verb === 'escalate' || verb === 'bind');
}

/**
 * Asked first, and only tried where the answer is no. A role that is accepted without the right to escalate has nothing
 * that this account has not, and may be bound.
 */
async function missingEscalations(cluster: Cluster, facts: AccessFacts, grants: readonly Grant[]): Promise<Grant[]> {
  const without = await missingGrants(cluster, grants);
  if (without.length === 0) return [];
  const { refused, unsaid } = await tryRoles(cluster, facts.objects);
  const lacks = (verb: Verb, { resource, name }: RoleName) =>
    without.some(
      (grant) =>
        !isPathGrant(grant) && grant.verbs.includes(verb) && grant.resource === resource && grant.names?.includes(name),
    );
  const isRefused = (role: RoleName) =>
    refused.some(({ kind, metadata }) => resourceOf(kind) === role.resource && metadata.name === role.name);
  const unbound = unsaid.filter((binding) => {
    const role = boundBy(binding);
    return lacks('bind', role) && (isRefused(role) || !lacks('escalate', role));
  });
  const needed = { ...facts, objects: [...refused, ...unbound] };
  return accessRules.filter(isEscalation).flatMap((rule) => grantsOfRule(rule, needed));
}

interface RoleName {
  resource: string;
  name: string;
}

function boundBy(binding: KubernetesObject): RoleName {
  const { kind, name } = binding['roleRef'] as { kind: string; name: string };
  return { resource: resourceOf(kind), name };
}

function resourceOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}

function accessMissing(cluster: string, command: AccessCommand, missing: readonly Grant[]): DeliveryError {
  const places = byNamespace(missing).map(({ namespace, grants }) => {
    const role = namespace === undefined ? 'ClusterRole' : `Role in namespace ${namespace}`;
    return `${role}:\n${printRules(policyRules(grants))}`;
  });
  return new DeliveryError(
    [
      `this account lacks rights that ${command} needs in cluster ${cluster}, and nothing was written. Add these rules, or apply what istio-delivery access prints:`,
      ...places.map((text) => text.trimEnd()),
    ].join('\n'),
    { code: 'AccessMissing', kind: 'refused' },
  );
}
