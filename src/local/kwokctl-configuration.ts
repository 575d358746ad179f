import type { ClusterLayout } from './cluster-layout.ts';
import type { ControlPlanePorts } from './cluster-record.ts';
import { nodeStages, podStages } from './pod-stages.ts';

export interface ControlPlanePrograms {
  etcd: string;
  kubeApiserver: string;
  kubeControllerManager: string;
  kubeScheduler: string;
  kubectl: string;
  kwok: string;
}

export interface ControlPlaneOptions {
  layout: ClusterLayout;
  /** Without a leading `v`. */
  kubernetesVersion: string;
  ports: ControlPlanePorts;
  programs: ControlPlanePrograms;
}

/** Ranges of a production cluster: kwok's defaults hold 254 addresses, and give pods and Services the same ones. */
export const clusterNetwork = { services: '10.96.0.0/16', pods: '10.244.0.1/16' } as const;

/** The documents of the file that `kwokctl create cluster --config` reads; JSON is YAML. */
export function kwokctlConfiguration({ layout, kubernetesVersion, ports, programs }: ControlPlaneOptions): string {
  const configuration = {
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokctlConfiguration',
    metadata: { name: layout.name },
    options: {
      runtime: 'binary',
      kubeVersion: `v${kubernetesVersion}`,
      etcdBinary: programs.etcd,
      kubeApiserverBinary: programs.kubeApiserver,
      kubeControllerManagerBinary: programs.kubeControllerManager,
      kubeSchedulerBinary: programs.kubeScheduler,
      kubectlBinary: programs.kubectl,
      kwokControllerBinary: programs.kwok,
      // kwokctl would take the first free port it sees, and so would its neighbour that starts at the same time.
      etcdPort: ports.etcd,
      etcdPeerPort: ports.etcdPeer,
      kubeApiserverPort: ports.apiServer,
      kubeControllerManagerPort: ports.controllerManager,
      kubeSchedulerPort: ports.scheduler,
      kwokControllerPort: ports.kwok,
      kubeAuthorization: true,
      kubeAdmission: true,
      securePort: true,
      disableQPSLimits: true,
      enableCRDs: ['ClusterPortForward', 'PortForward', 'ClusterLogs', 'Logs', 'ClusterExec'],
    },
    componentsPatches: [
      {
        name: 'kube-apiserver',
        extraArgs: [
          { key: 'egress-selector-config-file', value: layout.egressSelector },
          { key: 'service-cluster-ip-range', value: clusterNetwork.services },
        ],
      },
      // There is one of each; the successor of a killed one would wait for a lease to run out.
      { name: 'kube-controller-manager', extraArgs: [{ key: 'leader-elect', value: 'false' }] },
      { name: 'kube-scheduler', extraArgs: [{ key: 'leader-elect', value: 'false' }] },
      { name: 'kwok-controller', extraArgs: [{ key: 'cidr', value: clusterNetwork.pods }] },
    ],
  };
  return [configuration, ...nodeStages(), ...podStages()].map((document) => JSON.stringify(document)).join('\n---\n');
}

/** Sends everything that the API server says to the cluster network through our socket. */
export function egressSelectorConfiguration(networkSocket: string): string {
  return JSON.stringify({
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [
      {
        name: 'cluster',
        connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: networkSocket } } },
      },
    ],
  });
}
