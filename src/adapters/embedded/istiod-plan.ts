import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { containerEnvironment, type Machine, referencedObjects } from '../../local/container-environment.ts';
import { type IstiodPorts, type IstiodWorkload, istiodArguments } from '../../local/istiod-workload.ts';
import { imageVersion } from '../../local/pod.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { Toolchain } from '../../ports/toolchain.ts';
import { areFree, freePorts } from './free-ports.ts';
import type { ProcessPlan } from './istiod-process.ts';
import { writeWhole } from './record-file.ts';

export interface IstiodPlanOptions {
  workload: IstiodWorkload;
  folder: string;
  cluster: Cluster;
  toolchain: Toolchain;
  machine: Machine;
  /** Address and certificate authority of the API server, for istiod's kubeconfig. */
  apiServer: { address: string; certificateAuthority: string };
}

/** Long enough that a daemon that was stopped for a night finds its istiods alive; renewed far sooner. */
const tokenSeconds = 24 * 3600;

/** What the container's kubelet would run: pilot-discovery of the image's version, with the pod's own environment. */
export async function planIstiod(options: IstiodPlanOptions, before: IstiodPorts | undefined): Promise<ProcessPlan> {
  const { workload, folder, toolchain } = options;
  const version = imageVersion(workload.container.image);
  const tool = await toolchain.resolve('pilot-discovery', version);
  const { variables, unresolved } = containerEnvironment(workload.pod, workload.container, {
    machine: options.machine,
    find: finder(await readReferences(options)),
  });
  if (unresolved.length > 0) {
    throw new DeliveryError(
      `istiod ${workload.namespace}/${workload.pod.metadata.name} cannot be started: ${unresolved.join('; ')}`,
      { code: 'CreateContainerConfigError' },
    );
  }
  await renewToken(options);
  const kubeconfig = join(folder, 'kubeconfig');
  writeWhole(kubeconfig, kubeconfigOf(options));
  const ports = before && (await areFree(Object.values(before))) ? before : await choosePorts();
  return {
    program: tool.path,
    ports,
    args: istiodArguments(workload.container, variables, ports, kubeconfig),
    environment: { PATH: '/usr/bin:/bin', HOME: folder, ...variables, KUBECONFIG: kubeconfig },
  };
}

async function choosePorts(): Promise<IstiodPorts> {
  const [http = 0, https = 0, grpc = 0, secureGrpc = 0, monitoring = 0] = await freePorts(5);
  return { http, https, grpc, secureGrpc, monitoring };
}

/** istiod runs with the rights of its own ServiceAccount; client-go reads the file again when it changes. */
export async function renewToken({ workload, folder, cluster }: IstiodPlanOptions): Promise<void> {
  const account = { namespace: workload.namespace, name: workload.serviceAccount };
  const token = await cluster.requestToken(account, tokenSeconds);
  if (token === undefined) {
    throw new DeliveryError(
      `istiod ${workload.namespace}/${workload.pod.metadata.name} cannot be started: ServiceAccount ${account.name} does not exist`,
      { code: 'CreateContainerConfigError' },
    );
  }
  writeWhole(join(folder, 'token'), token.token);
}

function kubeconfigOf({ folder, apiServer }: IstiodPlanOptions): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'istiod',
    clusters: [
      {
        name: 'istiod',
        cluster: { server: apiServer.address, 'certificate-authority': apiServer.certificateAuthority },
      },
    ],
    users: [{ name: 'istiod', user: { tokenFile: join(folder, 'token') } }],
    contexts: [{ name: 'istiod', context: { cluster: 'istiod', user: 'istiod' } }],
  });
}

async function readReferences({ workload, cluster }: IstiodPlanOptions): Promise<KubernetesObject[]> {
  const ids = referencedObjects(workload.pod, workload.container);
  const objects = await Promise.all(ids.map((id) => cluster.get(id)));
  return objects.filter((object) => object !== undefined);
}

function finder(objects: readonly KubernetesObject[]) {
  return (kind: 'ConfigMap' | 'Secret', name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);
}
