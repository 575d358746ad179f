import type { Gateway } from '../mesh/mesh.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { gatewayPod } from './gateway-pod.ts';
import { revisionLabel } from './labels.ts';

/**
 * The objects of a gateway that carry the revision (Deployment, autoscaler, disruption budget) and those that
 * revisions share: the ServiceAccount, so that principals in policies survive an upgrade, and its rights.
 */
export function gatewayObjects(mesh: ClusterMesh, gateway: Gateway): KubernetesObject[] {
  const { name, namespace, replicas } = gateway;
  const { revision } = mesh.istio;
  const selector = gatewaySelector(gateway, revision);
  const shared = { name, namespace, labels: labels(gateway) };
  const revisioned = {
    name: `${name}-${revision}`,
    namespace,
    labels: { ...labels(gateway), [revisionLabel]: revision },
  };
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: shared },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: shared,
      // Certificates that Gateway objects name stand in Secrets of the gateway's namespace.
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'watch', 'list'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: shared,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: revisioned,
      spec: {
        selector: { matchLabels: selector },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
        template: gatewayPod(mesh, gateway, selector),
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: revisioned,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: revisioned.name },
        minReplicas: replicas.min,
        maxReplicas: replicas.max,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    },
  ];
  // A budget over one pod would only block the draining of its node.
  if (replicas.min === 1) return objects;
  const budget: KubernetesObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: revisioned,
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  };
  return [...objects, budget];
}

/** The gateway's one Service, whose selector says which revision serves. */
export function gatewayService(mesh: ClusterMesh, gateway: Gateway): KubernetesObject {
  const { name, namespace, ports, service } = gateway;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
      labels: { ...labels(gateway), ...networkLabel(mesh, gateway) },
      ...(Object.keys(service.annotations).length === 0 ? {} : { annotations: service.annotations }),
    },
    spec: {
      type: service.type,
      ports: ports.map((port) => ({ ...port, targetPort: port.targetPort ?? port.port })),
      selector: gatewaySelector(gateway, mesh.istio.revision),
    },
  };
}

/** An east-west gateway stands for the network that it leads into. */
export function networkLabel({ controlPlane }: ClusterMesh, gateway: Gateway): Record<string, string> {
  if (gateway.class !== 'eastwest' || controlPlane.network === undefined) return {};
  return { 'topology.istio.io/network': controlPlane.network };
}

function gatewaySelector({ name }: Gateway, revision: string): Record<string, string> {
  return { app: name, istio: name, [revisionLabel]: revision };
}

function labels({ name }: Gateway): Record<string, string> {
  return { app: name, istio: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'istio' };
}
