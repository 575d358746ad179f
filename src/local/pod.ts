import type { KubernetesObject } from '../ports/objects.ts';

/** The fields of a pod that are read here. */
export interface Pod extends KubernetesObject {
  spec: PodSpec;
  status?: PodStatus;
}

export interface PodSpec {
  nodeName?: string;
  serviceAccountName?: string;
  containers: Container[];
  initContainers?: Container[];
  readinessGates?: { conditionType: string }[];
}

export interface PodStatus {
  phase?: string;
  podIP?: string;
  podIPs?: { ip: string }[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  conditions?: PodCondition[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

export interface PodCondition {
  type: string;
  status: string;
  lastTransitionTime?: string;
  [field: string]: unknown;
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
  [field: string]: unknown;
}

export interface ContainerState {
  running?: { startedAt?: string };
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode: number; reason?: string; startedAt?: string; finishedAt?: string };
}

export interface Container {
  name: string;
  image?: string;
  /** `Always` in an init container makes it a sidecar. */
  restartPolicy?: string;
  args?: string[];
  env?: EnvVariable[];
  envFrom?: { prefix?: string; configMapRef?: NamedReference; secretRef?: NamedReference }[];
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
}

export interface EnvVariable {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { containerName?: string; resource: string; divisor?: string };
    configMapKeyRef?: NamedReference & { key: string };
    secretKeyRef?: NamedReference & { key: string };
  };
}

export interface NamedReference {
  name: string;
  optional?: boolean;
}

/** A native sidecar is an init container, so both lists are looked at. */
export function containerOf(pod: Pod, name: string): Container | undefined {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((container) => container.name === name);
}

/** Whether its containers run and it is not on its way out. */
export function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
}

/** `1.31.0` of `docker.io/istio/proxyv2:1.31.0-distroless@sha256:…`; undefined for an image without a tag. */
export function imageVersion(image: string | undefined): string | undefined {
  const [named = ''] = (image ?? '').split('@');
  const tag = /:([\w][\w.-]*)$/.exec(named.slice(named.lastIndexOf('/') + 1))?.[1];
  return tag?.replace(/-(distroless|debug)$/, '');
}

/** A moment as the API server keeps it: in whole seconds. */
export function timestamp(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, 'Z');
}
