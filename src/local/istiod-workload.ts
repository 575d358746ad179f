import { expand } from './container-environment.ts';
import { type Container, containerOf, isRunning, type Pod } from './pod.ts';

/** Pods of one istiod Deployment and one pod template: they share one process, and a rollout brings a second one. */
export interface IstiodWorkload {
  /** Unique in the cluster and usable as a folder's name. */
  key: string;
  namespace: string;
  revision: string;
  serviceAccount: string;
  /** Whom the process takes for itself; it stays until the last pod of the template has gone. */
  pod: Pod;
  container: Container;
  pods: Pod[];
}

/** Ports on loopback that stand for the container ports of one istiod. */
export interface IstiodPorts {
  /** Plain HTTP: debug and readiness (container port 8080). */
  http: number;
  /** Webhooks (15017). */
  https: number;
  /** xDS in plain text (15010). */
  grpc: number;
  /** xDS over TLS (15012). */
  secureGrpc: number;
  /** 15014. */
  monitoring: number;
}

/** The container ports of istiod, as its flags set them when nothing else is said. */
export function localPort(ports: IstiodPorts, containerPort: number): number | undefined {
  const table: Record<number, number> = {
    8080: ports.http,
    15010: ports.grpc,
    15012: ports.secureGrpc,
    15014: ports.monitoring,
    15017: ports.https,
  };
  return table[containerPort];
}

export function isIstiod(pod: Pod): boolean {
  return pod.metadata.labels?.['app'] === 'istiod' && containerOf(pod, 'discovery') !== undefined;
}

/** The istiods that a cluster asks for, by the pods that are there. */
export function istiodWorkloads(pods: readonly Pod[]): IstiodWorkload[] {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (!isIstiod(pod) || !isRunning(pod)) continue;
    const key = workloadKey(pod);
    groups.set(key, [...(groups.get(key) ?? []), pod]);
  }
  return [...groups].flatMap(([key, members]) => {
    const ordered = members.toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name));
    const pod = ordered[0];
    const container = pod && containerOf(pod, 'discovery');
    if (pod === undefined || container === undefined) return [];
    return {
      key,
      namespace: pod.metadata.namespace ?? 'default',
      revision: revisionOf(pod),
      serviceAccount: pod.spec.serviceAccountName ?? 'default',
      pod,
      container,
      pods: ordered,
    };
  });
}

export function workloadKey(pod: Pod): string {
  const hash = pod.metadata.labels?.['pod-template-hash'] ?? pod.metadata.name;
  return `${pod.metadata.namespace ?? 'default'}.${revisionOf(pod)}.${hash}`;
}

function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.['istio.io/rev'] ?? 'default';
}

const addressFlags = [
  'monitoringAddr',
  'httpAddr',
  'httpsAddr',
  'grpcAddr',
  'secureGRPCAddr',
  'ctrlz_port',
  'kubeconfig',
];

/** The container's own arguments, with other addresses and another kubeconfig. */
export function istiodArguments(
  container: Container,
  variables: Record<string, string>,
  ports: IstiodPorts,
  kubeconfig: string,
): string[] {
  const own = withoutFlags((container.args ?? ['discovery']).map((argument) => expand(argument, variables)));
  return [
    ...own,
    `--kubeconfig=${kubeconfig}`,
    `--httpAddr=127.0.0.1:${ports.http}`,
    `--httpsAddr=127.0.0.1:${ports.https}`,
    `--grpcAddr=127.0.0.1:${ports.grpc}`,
    `--secureGRPCAddr=127.0.0.1:${ports.secureGrpc}`,
    `--monitoringAddr=127.0.0.1:${ports.monitoring}`,
    '--ctrlz_port=0',
  ];
}

function withoutFlags(args: string[]): string[] {
  return args.filter((argument, index) => {
    const flag = /^--([^=]+)(=.*)?$/.exec(argument);
    if (flag && addressFlags.includes(flag[1] ?? '')) return false;
    const before = /^--([^=]+)$/.exec(args[index - 1] ?? '');
    return !(before && addressFlags.includes(before[1] ?? ''));
  });
}
