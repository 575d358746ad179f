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
 * KWOK's own stages, but for one thing: an istiod pod starts unready. A process stands behind it, and only the
 * daemon knows whether that answers.
 */
export function podStages(): Stage[] {
  return [
    podStage('pod-ready', [alive, pending, { ...istiod, operator: 'NotIn' }], { statusTemplate: startedStatus(true) }),
    podStage('istiod-started', [alive, pending, { ...istiod, operator: 'In' }], {
      statusTemplate: startedStatus(false),
    }),
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

/** Nodes that are ready at once and renew their lease. */
export function nodeStages(): Stage[] {
  return [
    stage('Node', 'node-initialize', [{ key: ready, operator: 'NotIn', values: ['True'] }], {
      next: { statusTemplate: nodeStatus },
    }),
    stage(
      'Node',
      'node-heartbeat-with-lease',
      [
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

function startedStatus(isReady: boolean): string {
  const status = isReady ? 'True' : 'False';
  return `
{{ $now := Now }}
conditions:
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: Initialized
- lastTransitionTime: {{ $now | Quote }}
  status: "${status}"
  type: Ready
- lastTransitionTime: {{ $now | Quote }}
  status: "${status}"
  type: ContainersReady
{{ range .spec.readinessGates }}
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: {{ .conditionType | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: ${isReady}
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
  {{ else }}
  state:
    terminated:
      exitCode: 0
      finishedAt: {{ $now | Quote }}
      reason: Completed
      startedAt: {{ $now | Quote }}
  {{ end }}
{{ end }}
{{ $hostIPs := NodeIPsWith .spec.nodeName }}
{{ with $hostIPs }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ $podIPs := PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
{{ with $podIPs }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`;
}

const completedStatus = `
{{ $now := Now }}
{{ $root := . }}
containerStatuses:
{{ range $index, $item := .spec.containers }}
- image: {{ $item.image | Quote }}
  name: {{ $item.name | Quote }}
  ready: false
  restartCount: 0
  started: false
  state:
    terminated:
      exitCode: 0
      finishedAt: {{ $now | Quote }}
      reason: Completed
      startedAt: {{ $now | Quote }}
{{ end }}
phase: Succeeded
`;

const nodeConditions = `
{{ $now := Now }}
{{ $lastTransitionTime := or .metadata.creationTimestamp $now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $lastTransitionTime | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
addresses:
{{ with NodeIP }}
- address: {{ . | Quote }}
  type: InternalIP
{{ end }}
{{ with NodeName }}
- address: {{ . | Quote }}
  type: Hostname
{{ end }}
{{ with NodePort }}
daemonEndpoints:
  kubeletEndpoint:
    Port: {{ . }}
{{ end }}
`;

const nodeStatus = `${nodeConditions}
allocatable:
  cpu: 1k
  memory: 1Ti
  pods: 1M
capacity:
  cpu: 1k
  memory: 1Ti
  pods: 1M
{{ $kwokVersion := printf "kwok-%s" Version }}
nodeInfo:
  architecture: amd64
  bootID: ""
  containerRuntimeVersion: {{ $kwokVersion }}
  kernelVersion: {{ $kwokVersion }}
  kubeProxyVersion: {{ $kwokVersion }}
  kubeletVersion: {{ $kwokVersion }}
  machineID: ""
  operatingSystem: linux
  osImage: ""
  systemUUID: ""
phase: Running
`;
