import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseYaml } from '../../src/mesh/yaml.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId } from '../../src/ports/objects.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { read } from './delivery.ts';
import { deleteObject } from './somebody.ts';
import { until } from './until.ts';

const module = 'sigs.k8s.io/gateway-api';
const istioModule = join(import.meta.dirname, '../../toolchain/istio');

/**
 * The CRDs of the Gateway API that the locked Istio is built with, from Go's module cache or else its proxy; their
 * digest stands in that build's go.sum.
 */
export async function gatewayApiDefinitions(): Promise<KubernetesObject[]> {
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=readonly' };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], { cwd: istioModule, env });
  const folder = join((JSON.parse(stdout) as { Dir: string }).Dir, 'config/crd/standard');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text, index) => parseYaml(text, files[index] ?? '') as (KubernetesObject | null)[])
    .filter((object) => object?.kind === 'CustomResourceDefinition') as KubernetesObject[];
}

/** A Gateway that istiod makes a Deployment for; without a load balancer, which embedded clusters do not have. */
export function gateway(namespace: string, name: string, labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace, labels, annotations: { 'networking.istio.io/service-type': 'ClusterIP' } },
    spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  };
}

/**
 * Deletes a Gateway and what istiod made for it. Whoever deletes the Gateway alone waits for the garbage collector, and
 * that can be minutes: it gets to know types that came after it with a delay of its own.
 */
export async function deleteGateway(cluster: Cluster, id: ObjectId): Promise<void> {
  await deleteObject(cluster, id);
  const made: ObjectId[] = [
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { apiVersion: 'v1', kind: 'Service' },
    { apiVersion: 'v1', kind: 'ServiceAccount' },
  ].map((type) => ({ ...type, namespace: id.namespace ?? '', name: `${id.name}-istio` }));
  await until(`nothing is left of Gateway ${id.name}`, async () => {
    const left = await Promise.all(made.map((each) => cluster.get(each)));
    await Promise.all(left.map((object) => object && cluster.delete(objectId(object), object.metadata.uid ?? '')));
    return left.every((object) => object === undefined);
  });
}

/** How a Gateway is: whether it is programmed as it stands, and the revision of each of its pods. */
export async function gatewayState(
  cluster: Cluster,
  id: ObjectId,
): Promise<{ programmed: boolean; revisions: (string | undefined)[] }> {
  const { metadata, status } = await read(cluster, id);
  const { conditions = [] } = (status ?? {}) as {
    conditions?: { type: string; status: string; observedGeneration: number }[];
  };
  const labelSelector = `gateway.networking.k8s.io/gateway-name=${id.name}`;
  const { items } = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace: id.namespace ?? '', labelSelector },
  );
  return {
    programmed: conditions.some(
      ({ type, status, observedGeneration }) =>
        type === 'Programmed' && status === 'True' && observedGeneration === metadata.generation,
    ),
    revisions: items.filter(isLive).map(proxyRevision),
  };
}
