import { DeliveryError } from '../../errors.ts';
import { registryFolder } from '../../local/kind-configuration.ts';
import { registryHosting, registryHosts, registryName } from '../../local/registry.ts';
import type { Docker } from '../docker/docker.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import type { KindContext, RegistryOptions } from './kind-options.ts';
import { kubernetesNodes, lines } from './node-containers.ts';

const homeLabel = 'istio-delivery.registry-of';

/** Whether containerd in the nodes must be told where it finds what it should know of registries. */
export async function needsRegistryPatch(docker: Docker, nodeImage: string | undefined): Promise<boolean> {
  // The default image is newer than the first that needs nothing.
  if (nodeImage === undefined) return false;
  const read = ['run', '--rm', '--entrypoint', 'cat', nodeImage, '/etc/containerd/config.toml'];
  const { exitCode, output } = await docker.attempt(read);
  return exitCode === 0 && !output.includes(registryFolder);
}

/** Has a registry run on a port of this machine; one that was started for another cluster of the home folder is taken. */
export async function startRegistry(docker: Docker, registry: RegistryOptions, context: KindContext): Promise<void> {
  const name = registryName(registry.port);
  const found = await docker.attempt(['inspect', '--format', '{{.State.Running}}', name]);
  if (found.exitCode !== 0 || found.output.trim() !== 'true') {
    if (found.exitCode === 0) await docker.attempt(['rm', '--force', '--volumes', name]);
    const publish = `127.0.0.1:${registry.port}:5000`;
    await docker.run([
      ...['run', '--detach', '--name', name, '--label', `${homeLabel}=${context.home}`, '--publish', publish],
      registry.image,
    ]);
  }
  await waitAnswer(registry, context);
}

/** Lets the nodes of a cluster pull from the registry under the name that this machine pushes to. */
export async function connectRegistry(
  cluster: { name: string; kubeconfig: string; network: string },
  registry: RegistryOptions,
  docker: Docker,
  context: KindContext,
): Promise<void> {
  const name = registryName(registry.port);
  const connected = await docker.attempt(['network', 'connect', cluster.network, name]);
  if (connected.exitCode !== 0 && !connected.errors.includes('already exists')) {
    throw new DeliveryError(`registry ${name} cannot join network ${cluster.network}: ${connected.errors.trim()}`, {
      code: 'DockerFailed',
    });
  }
  const folder = `${registryFolder}/localhost:${registry.port}`;
  const write = 'mkdir -p "$1" && printf %s "$2" > "$1/hosts.toml"';
  for (const node of await kubernetesNodes(docker, cluster.name)) {
    await requireRegistryFolder(docker, node);
    await docker.run(['exec', node, 'sh', '-c', write, 'sh', folder, registryHosts(registry.port)]);
  }
  const { signal, reporter } = context;
  await connectCluster({ ...cluster, context: cluster.name, signal, secret: reporter.secret }).apply(
    registryHosting(registry.port),
    { fieldManager: 'istio-delivery-local', dryRun: false, force: true },
  );
}

/** Removes the registries of a home folder but those that are named. */
export async function removeRegistry(docker: Docker, home: string, keep: ReadonlySet<string>): Promise<void> {
  const output = await docker.run(['ps', '--all', '--filter', `label=${homeLabel}=${home}`, '--format', '{{.Names}}']);
  const unused = lines(output).filter((name) => !keep.has(name));
  if (unused.length > 0) await docker.attempt(['rm', '--force', '--volumes', ...unused]);
}

async function requireRegistryFolder(docker: Docker, node: string): Promise<void> {
  const { exitCode, output } = await docker.attempt(['exec', node, 'containerd', 'config', 'dump']);
  if (exitCode !== 0 || output.includes(registryFolder)) return;
  throw new DeliveryError(
    `node ${node} does not look for registries in ${registryFolder}; add the containerdConfigPatches of https://kind.sigs.k8s.io/docs/user/local-registry to your configuration of kind`,
    { code: 'RegistryNotConfigured', kind: 'usage' },
  );
}

async function waitAnswer({ port, image }: RegistryOptions, { clock, signal }: KindContext): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`, { signal }).catch(() => undefined);
    if (answer?.ok) return;
    await clock.sleep(500, signal);
  }
  throw new DeliveryError(
    `registry ${image} does not answer on port ${port} of this machine; see docker logs ${registryName(port)}, and give an image that serves on port 5000`,
    { code: 'RegistryFailed' },
  );
}
