import type { KubernetesObject } from '../ports/objects.ts';
import { type AccessAccounts, type AccountName, accountCommands } from './access-accounts.ts';
import type { AccessFacts } from './access-facts.ts';
import { dryRunPolicy } from './dry-run-policy.ts';
import { withoutCovered } from './grant.ts';
import { grantsOf } from './grants-of.ts';
import { byNamespace, policyRules, type ReasonedRule } from './roles.ts';

/** An object to be applied; a role has the reason of each of its rules beside it. */
export interface AccessObject {
  object: KubernetesObject;
  /** Of each rule, in order. */
  reasons?: string[];
}

const rbac = 'rbac.authorization.k8s.io';

/** All that an administrator applies so that the two accounts can do their work, in the order in which it can be applied. */
export function accessObjects(facts: AccessFacts, accounts: AccessAccounts): AccessObject[] {
  const { namespace, names } = accounts;
  const roles = (['look', 'deliver'] as const).flatMap((account) => rolesOf(account, facts, accounts));
  const homes = [...new Set(roles.flatMap(({ object }) => object.metadata.namespace ?? []))];
  const brought = new Set(
    facts.objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
  );
  const first = [namespace, ...homes.filter((home) => brought.has(home)).sort()];
  return [
    ...[...new Set(first)].map((name) => ({ object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })),
    // Before the account has a right: a policy is in force some seconds after it was made.
    ...dryRunPolicy(accounts, facts.controlPlane).map((object) => ({ object })),
    ...[names.look, names.deliver].map((name) => ({
      object: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace },
        automountServiceAccountToken: false,
      },
    })),
    ...roles,
  ];
}

/** A ClusterRole and a Role for each namespace, each with its binding. */
function rolesOf(account: AccountName, facts: AccessFacts, { namespace: home, names }: AccessAccounts): AccessObject[] {
  const name = names[account];
  const subjects = [{ kind: 'ServiceAccount', name, namespace: home }];
  const grants = withoutCovered(grantsOf(facts, accountCommands[account]));
  return byNamespace(grants.filter((grant) => account === 'deliver' || !isPolicy(grant))).flatMap(
    ({ namespace, grants: those }) => {
      const rules = policyRules(those);
      const [kind, place] = namespace === undefined ? ['ClusterRole', {}] : ['Role', { namespace }];
      const metadata = { name, ...place };
      return [
        roleObject(kind, metadata, rules),
        {
          object: {
            apiVersion: `${rbac}/v1`,
            kind: `${kind}Binding`,
            metadata,
            roleRef: { apiGroup: rbac, kind, name },
            subjects,
          },
        },
      ];
    },
  );
}

/** What no policy can keep an account from writing. */
function isPolicy(grant: object): boolean {
  const { apiGroup = '', resource = '' } = grant as { apiGroup?: string; resource?: string };
  return apiGroup === 'admissionregistration.k8s.io' && /^(validating|mutating)admissionpolic/.test(resource);
}

function roleObject(
  kind: string,
  metadata: KubernetesObject['metadata'],
  rules: readonly ReasonedRule[],
): AccessObject {
  return {
    object: { apiVersion: `${rbac}/v1`, kind, metadata, rules: rules.map(({ rule }) => rule) },
    reasons: rules.map(({ why }) => why),
  };
}
