import { durationSeconds } from '../mesh/duration.ts';
import type { Gateway } from '../mesh/mesh.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import { spreadOverNodes } from './spread-over-nodes.ts';

/** As Istio's own gateway chart asks for. */
const defaultResources = {
  requests: { cpu: '100m', memory: '128Mi' },
  limits: { cpu: '2', memory: '1Gi' },
};

/** Seconds that a proxy gets to end after it has drained. */
const endSeconds = 10;

/** The pod of a gateway: the injector of its revision turns the container into the proxy. */
export function gatewayPod(
  mesh: ClusterMesh,
  gateway: Gateway,
  selector: Record<string, string>,
): Record<string, unknown> {
  const network = gateway.class === 'eastwest' ? mesh.controlPlane.network : undefined;
  return {
    metadata: {
      annotations: {
        'inject.istio.io/templates': 'gateway',
        'prometheus.io/path': '/stats/prometheus',
        'prometheus.io/port': '15020',
        'prometheus.io/scrape': 'true',
        'proxy.istio.io/config': JSON.stringify({ terminationDrainDuration: gateway.terminationDrainDuration }),
      },
      labels: {
        ...selector,
        'app.kubernetes.io/name': gateway.name,
        'sidecar.istio.io/inject': 'true',
        ...(network === undefined ? {} : { 'topology.istio.io/network': network }),
      },
    },
    spec: {
      serviceAccountName: gateway.name,
      securityContext: {
        // What Pod Security asks for at its level restricted, beside what the container says.
        seccompProfile: { type: 'RuntimeDefault' },
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      terminationGracePeriodSeconds: Math.ceil(durationSeconds(gateway.terminationDrainDuration)) + endSeconds,
      topologySpreadConstraints: spreadOverNodes(selector),
      containers: [
        {
          name: 'istio-proxy',
          image: 'auto',
          // Kubernetes would take the image named auto for a moving one and pull it for every pod.
          imagePullPolicy: 'IfNotPresent',
          ...(network === undefined ? {} : { env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }] }),
          ports: [{ name: 'http-envoy-prom', containerPort: 15090, protocol: 'TCP' }],
          resources: gateway.resources ?? defaultResources,
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
          },
        },
      ],
    },
  };
}
