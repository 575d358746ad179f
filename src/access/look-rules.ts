import { type AccessCommand, type AccessRule, accessCommands, changingCommands } from './access-rule.ts';

const every = accessCommands;
/** A rehearsal asks an environment what it runs and what it looks like, and no more. */
const delivering = every.filter((command) => command !== 'rehearse');
const comparing: readonly AccessCommand[] = ['plan', 'status', 'promote', 'upgrade'];
const planning: readonly AccessCommand[] = [...comparing, 'repair'];

const admission = 'admissionregistration.k8s.io';
const webhookConfigurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];

/** What plan and drift ask for; promote and upgrade look before they write, and need most of it too. */
const planRules: readonly AccessRule[] = [
  {
    commands: every,
    verbs: ['get'],
    on: { apiGroup: '', resources: ['namespaces'] },
    where: 'cluster',
    why: 'which cluster this is (UID of kube-system), and whether a namespace exists',
  },
  {
    commands: every,
    verbs: ['get'],
    on: { apiGroup: '', resources: ['configmaps'] },
    where: 'control plane',
    why: 'promotion record, inventory, upgrade journal and the stored bundle',
  },
  {
    commands: planning,
    verbs: ['list'],
    on: { apiGroup: '', resources: ['configmaps'] },
    where: 'cluster',
    why: 'whether another mesh was promoted to the cluster (by label, metadata only)',
  },
  {
    commands: ['gate', 'status', 'promote', 'upgrade', 'repair'],
    verbs: ['get'],
    on: { path: '/openid/v1/jwks' },
    where: 'cluster',
    why: 'the keys that verify the signatures of record and journal',
  },
  {
    commands: planning,
    verbs: ['list'],
    on: { apiGroup: 'apps', resources: ['deployments'] },
    where: 'cluster',
    why: 'whether the cluster has a control plane of somebody else (label app=istiod)',
  },
  {
    commands: planning,
    verbs: ['list'],
    on: { apiGroup: admission, resources: webhookConfigurations },
    where: 'cluster',
    why: 'whether the cluster has webhooks of another Istio',
  },
  {
    commands: delivering,
    verbs: ['get'],
    on: { types: 'known' },
    where: 'objects',
    why: 'the objects of the bundle as they are now, and those that it has no longer',
  },
  {
    commands: planning,
    verbs: ['create', 'patch'],
    on: { types: 'bundle' },
    where: 'objects',
    why: 'plan, drift and repair: server-side dry run; promote and upgrade: server-side apply',
  },
  {
    commands: planning,
    verbs: ['escalate'],
    on: { types: 'roles' },
    where: 'objects',
    why: "Istio's roles have rights that this account has not (needed by the dry run, too)",
  },
  {
    commands: planning,
    verbs: ['bind'],
    on: { types: 'bound roles' },
    where: 'objects',
    why: "the bindings of Istio's roles (needed by the dry run, too)",
  },
  {
    commands: planning,
    verbs: ['list'],
    on: { apiGroup: 'autoscaling', resources: ['horizontalpodautoscalers'] },
    where: 'workloads',
    why: 'who sets the replicas of a Deployment',
    seldom: 'somebody else scales one',
  },
  {
    commands: planning,
    verbs: ['list'],
    on: { apiGroup: 'argoproj.io', resources: ['rollouts'] },
    where: 'routes',
    when: 'Argo Rollouts',
    why: 'which routes and subsets a Rollout adds',
  },
  {
    commands: comparing,
    verbs: ['list'],
    on: { apiGroup: '', resources: ['pods'] },
    where: 'cluster',
    why: 'whether a tag or a gateway that leaves is in use',
    seldom: 'the bundle has a tag or a gateway no longer',
  },
  {
    commands: comparing,
    verbs: ['list'],
    on: { apiGroup: '', resources: ['namespaces'] },
    where: 'cluster',
    why: 'whether a tag that leaves is in use',
    seldom: 'the bundle has a tag no longer',
  },
  {
    commands: comparing,
    verbs: ['list'],
    on: { apiGroup: 'networking.istio.io', resources: ['gateways', 'virtualservices'] },
    where: 'cluster',
    why: 'whether a gateway that leaves is in use',
    seldom: 'the bundle has a gateway no longer',
  },
];

/** What a look at the health of a cluster asks for: each of its parts is unknown without. */
const healthRules: readonly Omit<AccessRule, 'commands'>[] = [
  {
    verbs: ['list'],
    on: { apiGroup: '', resources: ['pods'] },
    where: 'cluster',
    why: 'the proxies and their revisions',
  },
  {
    verbs: ['list'],
    on: { apiGroup: 'autoscaling', resources: ['horizontalpodautoscalers'] },
    where: 'workloads',
    why: 'how many replicas are wanted',
  },
  {
    verbs: ['list'],
    on: { apiGroup: 'apps', resources: ['deployments'] },
    where: 'control plane',
    why: 'the istiods',
  },
  {
    verbs: ['list'],
    on: { apiGroup: '', resources: ['services'] },
    where: 'control plane',
    why: 'whether the Services exist that webhooks and tags lead to',
  },
  {
    verbs: ['list'],
    on: { apiGroup: 'discovery.k8s.io', resources: ['endpointslices'] },
    where: 'services',
    why: 'whether istiods, tags and gateways have ready endpoints',
  },
  {
    verbs: ['create', 'patch'],
    on: { apiGroup: '', resources: ['pods'] },
    where: 'control plane',
    why: 'whether injectors answer: dry run of a pod',
  },
  {
    verbs: ['create', 'patch'],
    on: { apiGroup: 'security.istio.io', resources: ['peerauthentications'] },
    where: 'control plane',
    why: 'whether validators answer: dry run of a PeerAuthentication',
  },
  {
    verbs: ['get'],
    on: { apiGroup: '', resources: ['pods'] },
    where: 'control plane',
    why: 'istioctl proxy-status asks each istiod',
  },
  {
    verbs: ['create'],
    on: { apiGroup: '', resources: ['pods/portforward'] },
    where: 'control plane',
    why: 'istioctl proxy-status asks each istiod',
  },
  {
    verbs: ['create'],
    on: { apiGroup: '', resources: ['serviceaccounts/token'], names: ['default'] },
    where: 'control plane',
    why: 'istioctl proxy-status shows istiod a token',
  },
];

/** What a rehearsal copies of an environment, or says that it has not; it goes on without what it may not read. */
const rehearsalRules: readonly Omit<AccessRule, 'commands'>[] = [
  {
    verbs: ['list'],
    on: { apiGroup: 'networking.k8s.io', resources: ['networkpolicies'] },
    where: 'cluster',
    why: 'which of them the rehearsal does not have (metadata only)',
  },
  {
    verbs: ['list'],
    on: { apiGroup: '', resources: ['nodes'] },
    where: 'cluster',
    why: 'how many there are, and of which architecture (metadata only)',
  },
  {
    verbs: ['list'],
    on: { apiGroup: 'apps', resources: ['daemonsets'] },
    where: 'cluster',
    why: 'what gives pods their network: names such as calico-node and istio-cni-node (metadata only)',
  },
  {
    verbs: ['list'],
    on: { apiGroup: admission, resources: webhookConfigurations },
    where: 'cluster',
    why: 'which admission webhooks of others the rehearsal does not have',
  },
];

export const lookRules: readonly AccessRule[] = [
  ...planRules,
  ...rehearsalRules.map((rule): AccessRule => ({ commands: ['rehearse'], ...rule })),
  ...healthRules.map((rule): AccessRule => ({ commands: ['gate', 'status'], ...rule })),
  ...healthRules.map((rule): AccessRule => ({ commands: changingCommands, ...rule, when: 'health' })),
];
