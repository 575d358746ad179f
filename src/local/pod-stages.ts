/** A KWOK stage: what the simulated kubelet does next with a pod or a node. */
export interface Stage {
  apiVersion: 'kwok.x-k8s.io/v1alpha1';
  kind: 'Stage';
  metadata: { name: string };
  spec: Record<string, unknown>;
}

interface MatchExpression {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

const ready = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const alive: MatchExpression = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const pending: MatchExpression = { key: '.status.phase', operator: 'In', values: ['Pending'] };
const istiod = { key: '.metadata.labels.app', values: ['istiod'] };

/**
 * Pods get an address and wait for their containers; the daemon says what becomes of them, for it alone knows of faults.
 * Those of istiod start unready: a process stands behind them. KWOK brings none of its own stages where it is given some.
 */
export function podStages(): Stage[] {
  const hasNoAddress: MatchExpression = { key: '.status.podIP', operator: 'DoesNotExist' };
  return [
    podStage('pod-created', [alive, pending, hasNoAddress, { ...istiod, operator: 'NotIn' }], {
      statusTemplate: createdStatus,
    }),
    podStage('istiod-started', [alive, pending, { ...istiod, operator: 'In' }], { statusTemplate: istiodStatus }),
    podStage(
      'pod-complete',
      [
        alive,
        { key: '.status.phase', operator: 'In', values: ['Running'] },
        { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
      ],
      { statusTemplate: completedStatus },
    ),
    podStage('pod-delete', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], { delete: true }),
  ];
}

/** On a node that is to look gone: what plays its kubelet keeps away from it. */
export const goneAnnotation = 'istio-delivery/gone';

const hasKubelet: MatchExpression = { key: `.metadata.annotations["${goneAnnotation}"]`, operator: 'DoesNotExist' };

/** Nodes that are ready at once and renew their lease. */
export function nodeStages(): Stage[] {
  return [
    stage('Node', 'node-initialize', [hasKubelet, { key: ready, operator: 'NotIn', values: ['True'] }], {
      next: { statusTemplate: nodeStatus },
    }),
    stage(
      'Node',
      'node-heartbeat-with-lease',
      [
        hasKubelet,
        { key: '.status.phase', operator: 'In', values: ['Running'] },
        { key: ready, operator: 'In', values: ['True'] },
      ],
      {
        delay: { durationMilliseconds: 600_000, jitterDurationMilliseconds: 610_000 },
        next: { statusTemplate: nodeConditions },
      },
    ),
  ];
}

function podStage(name: string, matchExpressions: MatchExpression[], next: Record<string, unknown>): Stage {
  return stage('Pod', name, matchExpressions, { next });
}

function stage(kind: string, name: string, matchExpressions: MatchExpression[], rest: Record<string, unknown>): Stage {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, ...rest },
  };
}

const now = '{{ Now | Quote }}';
const running = `{ running: { startedAt: ${now} } }`;
const completed = `{ terminated: { exitCode: 0, reason: Completed, startedAt: ${now}, finishedAt: ${now} } }`;

const creating = '{ waiting: { reason: ContainerCreating } }';
const initializing = '{ waiting: { reason: PodInitializing } }';

function container(state: string, isReady = false): string {
  const started = state === running;
  return `- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: ${isReady}, started: ${started}, restartCount: 0, state: ${state} }`;
}

function condition(type: string, isTrue: boolean): string {
  return `- { type: ${type}, status: "${isTrue ? 'True' : 'False'}", lastTransitionTime: ${now} }`;
}

function unreadyStatus(phase: string, state: string): string {
  return `
phase: ${phase}
startTime: ${now}
podIP: {{ PodIPWith .spec.nodeName (or .spec.hostNetwork false) .metadata.uid .metadata.name .metadata.namespace | Quote }}
conditions:
${condition('Initialized', true)}
${condition('ContainersReady', false)}
${condition('Ready', false)}
containerStatuses:
{{ range .spec.containers }}
${container(state)}
{{ end }}
`;
}

const createdStatus = `${unreadyStatus('Pending', creating)}
initContainerStatuses:
{{ range .spec.initContainers }}
${container(initializing)}
{{ end }}
`;

const istiodStatus = `${unreadyStatus('Running', running)}
initContainerStatuses:
{{ range .spec.initContainers }}
${container(completed, true)}
{{ end }}
`;

const completedStatus = `
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
${container(completed)}
{{ end }}
`;

/** The transition time of a heartbeat must not move with it. */
const nodeConditions = `
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: ${now}
  lastTransitionTime: {{ $.metadata.creationTimestamp | Quote }}
{{ end }}
`;

const resources = '{ cpu: 1k, memory: 1Ti, pods: 1M }';

const nodeStatus = `${nodeConditions}
phase: Running
allocatable: ${resources}
capacity: ${resources}
addresses:
- { type: Hostname, address: {{ NodeName | Quote }} }
daemonEndpoints: { kubeletEndpoint: { Port: {{ NodePort }} } }
nodeInfo:
  architecture: amd64
  operatingSystem: linux
  kubeletVersion: {{ Version | Quote }}
  containerRuntimeVersion: kwok
  bootID: ""
  kernelVersion: ""
  kubeProxyVersion: ""
  machineID: ""
  osImage: ""
  systemUUID: ""
`;
