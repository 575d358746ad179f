/** DaemonSets that give pods their network, by the beginning of their names. */
const networks: readonly [name: RegExp, network: string][] = [
  [/^calico-node/, 'calico'],
  [/^canal/, 'canal'],
  [/^cilium(-agent)?$/, 'cilium'],
  [/^anetd/, 'cilium (GKE Dataplane V2)'],
  [/^kube-flannel/, 'flannel'],
  [/^weave-net/, 'weave'],
  [/^antrea-agent/, 'antrea'],
  [/^kube-router/, 'kube-router'],
  [/^ovnkube-node/, 'ovn-kubernetes'],
  [/^aws-node$/, 'the VPC CNI of AWS'],
  [/^azure-cns/, 'the CNI of Azure'],
  [/^kindnet$/, 'kindnet'],
  [/^istio-cni-node/, 'istio-cni'],
  [/^ztunnel/, 'ztunnel'],
];

/** The network that a DaemonSet of this name stands for; undefined for any other DaemonSet. */
export function networkOf(daemonSet: string): string | undefined {
  return networks.find(([name]) => name.test(daemonSet))?.[1];
}
