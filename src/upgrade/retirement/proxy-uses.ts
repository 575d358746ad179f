import { type OwnerOf, ownerId, ownersThrough } from '../../cluster/pod-owner.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId } from '../../ports/objects.ts';
import type { ConnectedProxy } from '../../ports/proxies.ts';
import { isLive, proxyRevision } from '../workloads/proxy-pod.ts';
import { standstillOf } from '../workloads/workload-move.ts';
import type { RevisionFacts } from './revision-facts.ts';
import { isNodeAgent, type LeavingRevision, leaves, type RevisionUse } from './revision-use.ts';

/** Live pods with a proxy of the revision, by their owners. */
export function podUses(facts: RevisionFacts, leaving: LeavingRevision): RevisionUse[] {
  const { pods, templates } = facts;
  const ownerOf = ownersIn(facts);
  // A node agent is listed itself, and its pods only do what it says.
  const agents = templates.filter((template) => isNodeAgent(template, leaving.revision));
  const ofAgents = new Set(agents.map((agent) => formatObjectId(objectId(agent))));
  const templateOf = new Map(templates.map((template) => [formatObjectId(objectId(template)), template]));
  const counts = new Map<string, { owner: ObjectId; pods: number }>();
  for (const pod of pods) {
    const owner = ownerId(ownerOf(pod), pod.metadata.namespace);
    const object = formatObjectId(owner);
    if (!isLive(pod) || proxyRevision(pod) !== leaving.revision) continue;
    if (leaves(leaving, owner) || ofAgents.has(object)) continue;
    counts.set(object, { owner, pods: (counts.get(object)?.pods ?? 0) + 1 });
  }
  return [...counts].map(([object, { owner, pods }]) => ({
    proof: 'pods',
    object,
    reason:
      owner.kind === 'Pod'
        ? `has a proxy of revision ${leaving.revision}`
        : `has ${pods} ${pods === 1 ? 'pod' : 'pods'} with a proxy of revision ${leaving.revision}`,
    cure: cureOf(owner, templateOf.get(object)),
  }));
}

/** The Jobs are among the templates. */
function ownersIn({ replicaSets, templates }: RevisionFacts): OwnerOf {
  return ownersThrough([...replicaSets, ...templates.filter(({ kind }) => kind === 'Job')]);
}

/** What gives its pods a proxy of another revision; a restart is nothing to a workload that stands still. */
function cureOf({ kind }: ObjectId, template: KubernetesObject | undefined): string {
  const standstill = template && standstillOf(template);
  if (standstill) return standstill.cure;
  switch (kind) {
    case 'Pod':
      return 'delete it, and create it again where it is needed';
    case 'Job':
    case 'CronJob':
      return 'wait until it ends, or delete it';
    case 'ReplicaSet':
    case 'ReplicationController':
      return 'delete its pods: it makes new ones';
    default:
      return 'restart it';
  }
}

/** Proxies that are connected to an istiod of the revision and are not among the pods that count already. */
export function connectedUses(facts: RevisionFacts, leaving: LeavingRevision): RevisionUse[] {
  const { revision } = leaving;
  if (facts.connected.kind === 'unknown') {
    return [
      {
        proof: 'proxies',
        object: `istiod of revision ${revision}`,
        reason: `does not say which proxies are connected to it: ${facts.connected.reason}`,
        cure: 'mend it and try again',
      },
    ];
  }
  const ownerOf = ownersIn(facts);
  const pods = new Map(facts.pods.map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]));
  return facts.connected.proxies.flatMap((proxy) => {
    const pod = pods.get(`${proxy.namespace}/${proxy.pod}`);
    if (!pod) return strangerUse(facts, proxy, revision);
    return leaves(leaving, ownerId(ownerOf(pod), pod.metadata.namespace)) ? [] : podUse(pod, revision);
  });
}

function podUse(pod: KubernetesObject, revision: string): RevisionUse[] {
  if (isLive(pod)) {
    const injected = proxyRevision(pod);
    if (injected === revision) return [];
    const reason = `is connected to the istiod of revision ${revision}, though it is of revision ${injected ?? 'unknown'}`;
    return [{ ...connected(pod), reason, cure: 'find out which discovery address it was given, and restart it' }];
  }
  const reason = `is ending, and still connected to the istiod of revision ${revision}`;
  return [{ ...connected(pod), reason, cure: 'wait until it is gone', passes: true }];
}

function connected(pod: KubernetesObject): Pick<RevisionUse, 'proof' | 'object'> {
  return { proof: 'proxies', object: formatObjectId(objectId(pod)) };
}

/** A proxy that is no pod of this cluster can be told from its control plane alone. */
function strangerUse(
  { remoteClusters }: RevisionFacts,
  { pod, namespace }: ConnectedProxy,
  revision: string,
): RevisionUse[] {
  const object = `proxy ${namespace}/${pod}`;
  const reason = `is connected to the istiod of revision ${revision} and is no pod of this cluster`;
  if (remoteClusters.length === 0) {
    const cure = 'if it has just ended, try again; if it runs on a virtual machine, point it at another revision';
    return [{ proof: 'proxies', object, reason, cure }];
  }
  return [
    {
      proof: 'remote-clusters',
      object,
      reason: `${reason}: it runs in a remote cluster (${remoteClusters.join(', ')}) or outside Kubernetes`,
      cure: 'move it to another revision there',
    },
  ];
}
