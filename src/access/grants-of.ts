import { mayBeDeleted } from '../plan/prune.ts';
import { groupOf, type KubernetesObject, type ObjectId, objectId } from '../ports/objects.ts';
import type { AccessFacts } from './access-facts.ts';
import type { AccessCommand, AccessCondition, AccessPlace, AccessRule, BundleTypes, NamesOf } from './access-rule.ts';
import { accessRules } from './access-rules.ts';
import type { Grant, ResourceGrant } from './grant.ts';
import { definedResource, type ResourceName, resourceNames } from './resource-name.ts';

const rbac = 'rbac.authorization.k8s.io';

/** What commands need in a cluster, in the order of the rules, and for each of them in that of the names. */
export function grantsOf(facts: AccessFacts, commands: readonly AccessCommand[]): Grant[] {
  return accessRules
    .filter((rule) => rule.commands.some((command) => commands.includes(command)) && holds(rule.when, facts))
    .flatMap((rule) => grantsOfRule(rule, facts));
}

/** Whether a mesh has what a rule is for; what a cluster serves is not known here. */
function holds(when: AccessCondition | undefined, { probe, waves }: AccessFacts): boolean {
  switch (when) {
    case undefined:
    case 'Gateway API':
    case 'Argo Rollouts':
      return true;
    case 'health':
      return waves > 1 || (probe?.checks.length ?? 0) > 0;
    case 'probe':
      return probe !== undefined;
    case 'certificates':
      return probe?.checks.includes('certificates') === true;
    case 'Prometheus':
      return prometheusOf(probe) !== undefined;
  }
}

/** What one rule comes to. */
export function grantsOfRule({ verbs, on, where, when, why }: AccessRule, facts: AccessFacts): Grant[] {
  if ('path' in on) return [{ verbs, path: on.path, why }];
  const about = { verbs, ...(when ? { when } : {}), why };
  if ('types' in on) {
    return sorted(targetsOf(on.types, facts)).map(({ namespace, ...target }) => ({
      ...about,
      ...target,
      ...(where === 'cluster' || namespace === undefined ? {} : { namespace }),
    }));
  }
  const { apiGroup, resources } = on;
  const names = typeof on.names === 'string' ? namesOf(on.names, facts) : on.names;
  if (names?.length === 0) return [];
  return placesOf(where, facts).flatMap((place) =>
    resources.map((resource) => ({ ...about, apiGroup, resource, ...(names ? { names } : {}), ...place })),
  );
}

type Target = Pick<ResourceGrant, 'apiGroup' | 'resource' | 'names' | 'namespace'>;

function targetsOf(types: BundleTypes, { objects, before }: AccessFacts): Target[] {
  const nameOf = resourceNames(objects);
  const targetOf = (id: ObjectId): Target => ({ ...nameOf(id), ...placeOf(id) });
  const known = [...objects.map(objectId), ...before];
  switch (types) {
    case 'bundle':
      return objects.map(objectId).map(targetOf);
    case 'known':
      return known.map(targetOf);
    case 'deletable':
      return known.filter(mayBeDeleted).map(targetOf);
    case 'awaited':
      return objects.filter(becomesReady).map(objectId).map(targetOf);
    case 'istio':
      return objects
        .filter(({ kind }) => kind === 'CustomResourceDefinition')
        .flatMap((definition) => definedResource(definition) ?? [])
        .filter(({ apiGroup }) => apiGroup.endsWith('istio.io'))
        .map(({ apiGroup, resource }) => ({ apiGroup, resource }));
    case 'roles':
      return objects
        .filter(isRole)
        .map(objectId)
        .map((id) => ({ ...targetOf(id), names: [id.name] }));
    case 'bound roles':
      return objects.flatMap(boundRole);
  }
}

function isRole({ apiVersion, kind }: KubernetesObject): boolean {
  return groupOf(apiVersion) === rbac && (kind === 'Role' || kind === 'ClusterRole');
}

function boundRole(binding: KubernetesObject): Target[] {
  if (groupOf(binding.apiVersion) !== rbac || !binding.kind.endsWith('RoleBinding')) return [];
  const { kind, name } = binding['roleRef'] as { kind: string; name: string };
  return [{ apiGroup: rbac, resource: `${kind.toLowerCase()}s`, names: [name], ...placeOf(binding.metadata) }];
}

const builtIn = /^$|^(apps|policy|autoscaling|batch)$|\.k8s\.io$|istio\.io$/;

/** Whether a promotion waits for it: objects with a Ready condition of their own are those of other projects. */
function becomesReady({ apiVersion, kind }: KubernetesObject): boolean {
  if (/^(Deployment|StatefulSet|DaemonSet|CustomResourceDefinition|\w+WebhookConfiguration)$/.test(kind)) return true;
  return !builtIn.test(groupOf(apiVersion));
}

function placeOf({ namespace }: { namespace?: string }): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** One target for each type and namespace, names united; in an order that does not follow the bundle's. */
function sorted(targets: readonly Target[]): Target[] {
  const keyOf = ({ apiGroup, resource, namespace = '' }: ResourceName & Target) =>
    [apiGroup, resource, namespace].join(' ');
  return [...Map.groupBy(targets, keyOf).entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, those]) => {
      const [first] = those;
      if (first === undefined) return [];
      const names = [...new Set(those.flatMap((target) => target.names ?? []))].sort();
      return [names.length > 0 ? { ...first, names } : first];
    });
}

function placesOf(where: AccessPlace, facts: AccessFacts): { namespace?: string }[] {
  switch (where) {
    case 'cluster':
    case 'objects':
      return [{}];
    case 'control plane':
      return [{ namespace: facts.controlPlane }];
    case 'workloads':
      return namespacesWith(facts, /^(Deployment|StatefulSet)$/);
    case 'services':
      return namespacesWith(facts, /^Service$/, [facts.controlPlane]);
    case 'routes':
      return namespacesWith(facts, /^(VirtualService|DestinationRule)$/);
    case 'groups':
      return facts.groups === 'every' ? [{}] : inOrder(facts.groups);
    case 'probe':
      return [{ namespace: facts.probe?.load.namespace ?? facts.controlPlane }];
    case 'Prometheus':
      return inOrder(prometheusOf(facts.probe)?.namespace ?? []);
  }
}

function namespacesWith({ objects }: AccessFacts, kinds: RegExp, others: readonly string[] = []) {
  const found = objects.filter(({ kind }) => kinds.test(kind)).flatMap(({ metadata }) => metadata.namespace ?? []);
  return inOrder([...others, ...found]);
}

function inOrder(namespaces: string | readonly string[]): { namespace: string }[] {
  return [...new Set([namespaces].flat())].sort().map((namespace) => ({ namespace }));
}

/** Undefined where they are not limited. */
function namesOf(names: NamesOf, { groups, probe }: AccessFacts): string[] | undefined {
  switch (names) {
    case 'namespaces of groups':
      return groups === 'every' ? undefined : [...new Set(groups)].sort();
    case 'Prometheus':
      return [prometheusOf(probe)?.name ?? []].flat();
  }
}

/** The Service that answers the probe's questions, where the API server leads to it. */
function prometheusOf(probe: AccessFacts['probe']): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^service:\/\/([^/]+)\/([^/]+)/.exec(probe?.prometheus?.url ?? '') ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
