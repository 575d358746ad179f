import {
  type AccessCommand,
  type AccessCondition,
  type AccessPlace,
  type AccessRule,
  type AccessSubject,
  accessCommands,
  type BundleTypes,
  type NamesOf,
} from '../src/access/access-rule.ts';
import { table } from './action-files.ts';

/** The rights of every command, as docs/permissions.md has them: a row for each rule, a column for each command. */
export function permissionsTable(rules: readonly AccessRule[]): string {
  const rows = [...Map.groupBy(rules, keyOf).values()].flatMap((alike) => {
    const [rule] = alike;
    if (rule === undefined) return [];
    const { verbs, on, where, why, seldom } = rule;
    const reason = seldom === undefined ? why : `${why}; when ${seldom}`;
    return [[verbs.join(', '), subjectText(on), placeText(on, where), reason, ...accessCommands.map(mark(alike))]];
  });
  return table(['verbs', 'on', 'in', 'what for', ...accessCommands.map((command) => `\`${command}\``)], rows);
}

/** Commands that need the same for the same reason share a row. */
function keyOf({ verbs, on, where, why, seldom }: AccessRule): string {
  return JSON.stringify([verbs, on, where, why, seldom]);
}

function mark(alike: readonly AccessRule[]): (command: AccessCommand) => string {
  return (command) => {
    const rule = alike.find(({ commands }) => commands.includes(command));
    if (rule === undefined) return '';
    return rule.when === undefined ? 'yes' : conditions[rule.when];
  };
}

const conditions: Record<AccessCondition, string> = {
  health: 'waves, probe',
  probe: 'probe',
  certificates: 'probe of certificates',
  Prometheus: 'Prometheus behind the API server',
  'Gateway API': 'where served',
  'Argo Rollouts': 'where served',
};

const types: Record<BundleTypes, string> = {
  bundle: 'every type of the bundle',
  known: 'every type of the bundle, and of what was promoted before',
  deletable: 'the same, but no CustomResourceDefinition, Namespace or Secret',
  awaited:
    'Deployments, CustomResourceDefinitions and webhook configurations of the bundle, and whatever becomes ready',
  istio: "every type of Istio's CustomResourceDefinitions",
  roles: 'Roles and ClusterRoles of the bundle, by name',
  'bound roles': 'Roles and ClusterRoles that the bundle binds, by name',
};

const names: Record<NamesOf, string> = {
  'namespaces of groups': 'those of the groups',
  Prometheus: 'the Service of Prometheus',
};

function subjectText(on: AccessSubject): string {
  if ('path' in on) return `\`${on.path}\``;
  if ('types' in on) return types[on.types];
  const resources = on.resources.map((resource) => `\`${resource}${on.apiGroup && `.${on.apiGroup}`}\``).join(', ');
  if (on.names === undefined) return resources;
  const named = typeof on.names === 'string' ? names[on.names] : on.names.map((name) => `\`${name}\``).join(', ');
  return `${resources} (${named})`;
}

const places: Record<AccessPlace, string> = {
  cluster: 'the cluster',
  'control plane': "the control plane's namespace",
  objects: 'where the bundle has some',
  workloads: 'namespaces of its Deployments',
  services: 'namespaces of its Services',
  routes: 'namespaces of its VirtualServices and DestinationRules',
  groups: 'namespaces of the groups',
  probe: "the load generator's namespace",
  Prometheus: 'its namespace',
};

function placeText(on: AccessSubject, where: AccessPlace): string {
  return 'path' in on ? '' : places[where];
}
