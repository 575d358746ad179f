/** The commands that ask an environment's API server for something. The first three write nothing, nor does the last. */
export const accessCommands = ['plan', 'gate', 'status', 'promote', 'upgrade', 'repair', 'rehearse'] as const;

export type AccessCommand = (typeof accessCommands)[number];

export const lookCommands: readonly AccessCommand[] = ['plan', 'gate', 'status', 'rehearse'];
export const deliverCommands: readonly AccessCommand[] = ['promote', 'upgrade', 'repair'];
/** Those that change objects of a bundle. */
export const changingCommands: readonly AccessCommand[] = ['promote', 'upgrade'];

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'escalate' | 'bind';

/**
 * Types that follow from a bundle. `bundle`: those of its objects · `known`: these, and those of what was promoted before ·
 * `deletable`: of these, those that may be deleted · `awaited`: those of the bundle that become ready · `istio`: those that its CustomResourceDefinitions bring · `roles`: its
 * Roles and ClusterRoles by name · `bound roles`: those that its bindings bind, by name.
 */
export type BundleTypes = 'bundle' | 'known' | 'deletable' | 'awaited' | 'istio' | 'roles' | 'bound roles';

/** Names that are only known with a bundle. */
export type NamesOf = 'namespaces of groups' | 'Prometheus';

export type AccessSubject =
  /** A resource may have a subresource: `pods/log`. */
  | { apiGroup: string; resources: readonly string[]; names?: readonly string[] | NamesOf }
  | { types: BundleTypes }
  /** No resource. */
  | { path: string };

/**
 * Namespaces. `objects`: those in which the bundle has objects of the type · `workloads`, `services`, `routes`: in which it
 * has Deployments, Services, or VirtualServices and DestinationRules · `probe`: where its load generator runs ·
 * `Prometheus`: of the Service that the probe asks.
 */
export type AccessPlace =
  | 'cluster'
  | 'control plane'
  | 'objects'
  | 'workloads'
  | 'services'
  | 'routes'
  | 'groups'
  | 'probe'
  | 'Prometheus';

/**
 * Only where the mesh has this, or the cluster serves such a type at all. `health`: an environment of several waves, the
 * earlier ones of which are looked at, or a probe that looks at proxies and webhooks.
 */
export type AccessCondition = 'health' | 'probe' | 'certificates' | 'Prometheus' | 'Gateway API' | 'Argo Rollouts';

/** One right, and what it is for. */
export interface AccessRule {
  commands: readonly AccessCommand[];
  verbs: readonly Verb[];
  on: AccessSubject;
  where: AccessPlace;
  when?: AccessCondition;
  /** The request that needs it. */
  why: string;
  /** When it is needed, where most runs never are in that position: follows "when". */
  seldom?: string;
}
