import type { KubernetesObject } from '../ports/objects.ts';

/** The state of one object, by the rules of kstatus (sigs.k8s.io/cli-utils/pkg/kstatus). */
export type Readiness =
  | { kind: 'ready' }
  | { kind: 'progressing'; reason: string }
  /** Its controller has given up. */
  | { kind: 'failed'; reason: string };

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface Workload {
  spec: { replicas?: number; updateStrategy?: { type?: string } };
  status: Record<string, number | undefined> & { conditions?: Condition[] };
}

const ready: Readiness = { kind: 'ready' };

/** `atLeast`: the number of replicas that a Deployment or StatefulSet must be scaled to, whatever its own spec says. */
export function readiness(object: KubernetesObject, { atLeast = 0 }: { atLeast?: number } = {}): Readiness {
  if (object.metadata.deletionTimestamp !== undefined) return progressing('it is being deleted');
  const status = (object.status ?? {}) as { observedGeneration?: number; conditions?: Condition[] };
  const { generation } = object.metadata;
  if (status.observedGeneration !== undefined && generation !== undefined && status.observedGeneration < generation) {
    return progressing('its controller has not seen its latest change');
  }
  switch (object.kind) {
    case 'Deployment':
      return tooSmall(workloadOf(object), atLeast) ?? deploymentReadiness(workloadOf(object));
    case 'StatefulSet':
      return tooSmall(workloadOf(object), atLeast) ?? statefulSetReadiness(workloadOf(object));
    case 'DaemonSet':
      return daemonSetReadiness(workloadOf(object));
    case 'CustomResourceDefinition':
      return definitionReadiness(status.conditions ?? []);
    case 'MutatingWebhookConfiguration':
    case 'ValidatingWebhookConfiguration':
      return webhookReadiness(object);
    default:
      return conditionReadiness(status.conditions ?? []);
  }
}

function workloadOf(object: KubernetesObject): Workload {
  return { spec: (object.spec ?? {}) as Workload['spec'], status: (object.status ?? {}) as Workload['status'] };
}

/** An autoscaler leaves alone what is scaled to 0: that lasts until somebody scales it up. */
function tooSmall({ spec }: Workload, atLeast: number): Readiness | undefined {
  const { replicas = 1 } = spec;
  if (replicas >= atLeast) return undefined;
  if (replicas > 0) return progressing(`it is scaled to ${replicas}, and at least ${atLeast} replicas are wanted`);
  const reason = `it is scaled to 0, and at least ${atLeast} replicas are wanted; no autoscaler scales it up from 0, so scale it to ${atLeast}`;
  return { kind: 'failed', reason };
}

function deploymentReadiness({ spec, status }: Workload): Readiness {
  const wanted = spec.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0, conditions = [] } = status;
  if (status.observedGeneration === undefined) return progressing('its controller has not seen it yet');
  const late = conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
  if (late) return { kind: 'failed', reason: late.message ?? 'it exceeded its progress deadline' };
  if (replicas < wanted) return progressing(`${replicas} of ${wanted} replicas created${failureOf(conditions)}`);
  if (updatedReplicas < wanted)
    return progressing(`${updatedReplicas} of ${wanted} replicas updated${failureOf(conditions)}`);
  if (replicas > updatedReplicas) return progressing(`${replicas - updatedReplicas} old replicas are still there`);
  if (readyReplicas < wanted) return progressing(`${readyReplicas} of ${wanted} replicas ready`);
  if (availableReplicas < wanted) return progressing(`${availableReplicas} of ${wanted} replicas available`);
  return ready;
}

/** Why pods cannot even be created: a webhook, a quota. */
function failureOf(conditions: Condition[]): string {
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return failure?.message === undefined ? '' : ` (${failure.message})`;
}

function statefulSetReadiness({ spec, status }: Workload): Readiness {
  const wanted = spec.replicas ?? 1;
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
  if (replicas < wanted) return progressing(`${replicas} of ${wanted} replicas created`);
  if (readyReplicas < wanted) return progressing(`${readyReplicas} of ${wanted} replicas ready`);
  if (spec.updateStrategy?.type !== 'OnDelete' && updatedReplicas < wanted) {
    return progressing(`${updatedReplicas} of ${wanted} replicas updated`);
  }
  return ready;
}

function daemonSetReadiness({ spec, status }: Workload): Readiness {
  const {
    desiredNumberScheduled: wanted,
    updatedNumberScheduled: updated = 0,
    numberAvailable: available = 0,
  } = status;
  if (wanted === undefined) return progressing('its controller has not seen it yet');
  if (spec.updateStrategy?.type !== 'OnDelete' && updated < wanted) {
    return progressing(`${updated} of ${wanted} pods updated`);
  }
  return available < wanted ? progressing(`${available} of ${wanted} pods available`) : ready;
}

function definitionReadiness(conditions: Condition[]): Readiness {
  const refused = conditions.find(({ type, status }) => type === 'NamesAccepted' && status === 'False');
  if (refused) return { kind: 'failed', reason: refused.message ?? 'its names are taken' };
  const established = conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  return established ? ready : progressing('it is not established');
}

/** istiod writes its CA bundle into the webhooks of its revision; before that the API server cannot call them. */
function webhookReadiness(object: KubernetesObject): Readiness {
  const webhooks = (object.webhooks ?? []) as { name: string; clientConfig?: { caBundle?: string; url?: string } }[];
  const open = webhooks.find(({ clientConfig }) => !clientConfig?.caBundle && clientConfig?.url === undefined);
  return open ? progressing(`istiod has not put its CA bundle into webhook ${open.name}`) : ready;
}

function conditionReadiness(conditions: Condition[]): Readiness {
  for (const { type, status, reason, message } of conditions) {
    const why = message ?? reason ?? `condition ${type} is ${status}`;
    if (type === 'Stalled' && status === 'True') return { kind: 'failed', reason: why };
    if (type === 'Reconciling' && status === 'True') return progressing(why);
    if (type === 'Ready' && status !== 'True') return progressing(why);
  }
  return ready;
}

function progressing(reason: string): Readiness {
  return { kind: 'progressing', reason };
}
