import { isPinned } from '../../local/node-image.ts';
import { registryName } from '../../local/registry.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import type { Creation } from './create-nodes.ts';
import { changeRecord } from './kind-records.ts';
import { findLoadBalancer, startLoadBalancer } from './load-balancer.ts';
import { connectRegistry, needsRegistryPatch, startRegistry } from './local-registry.ts';
import { preloadImages } from './preload-images.ts';
import { signedCa } from './root-ca.ts';
import { networkOf } from './shared-things.ts';

/** Does what must be done before there are nodes, and refuses what cannot be had. */
export async function prepareCreation(creation: Creation): Promise<{ registryPatch: boolean }> {
  const { options, docker, context } = creation;
  const { nodeImage, registry, loadBalancer, rootCa } = options;
  if (loadBalancer) await findLoadBalancer(loadBalancer.program, context.environment);
  // Before any of it is there: a run that is killed leaves nothing that is not written down.
  creation.record = changeRecord(context.home, {
    ...creation.record,
    ...(registry ? { registry: registryName(registry.port) } : {}),
    ...(loadBalancer ? { loadBalancer: true } : {}),
    ...(rootCa ? { rootCa: true } : {}),
  });
  if (registry === undefined) return { registryPatch: false };
  await creation.timed('registry', () => startRegistry(docker, registry, context));
  return { registryPatch: await needsRegistryPatch(docker, nodeImage) };
}

/** Gives a cluster whose nodes are ready everything else that was asked for. */
export async function equipCluster(creation: Creation): Promise<void> {
  const { options, layout, docker, context, timed } = creation;
  const { nodeImage, registry, images, rootCa, loadBalancer } = options;
  if (nodeImage !== undefined) await warnOfUnpinned(creation, nodeImage);
  if (registry) {
    const cluster = { name: layout.name, kubeconfig: layout.kubeconfig, network: networkOf(context.environment) };
    await timed('registry', () => connectRegistry(cluster, registry, docker, context));
  }
  if (images) await timed('images', () => preloadImages(layout.name, images, docker, context));
  if (rootCa) await timed('root-ca', () => putCa(creation, rootCa.namespace));
  if (loadBalancer) {
    const program = await findLoadBalancer(loadBalancer.program, context.environment);
    await timed('load-balancer', () => startLoadBalancer(program, context));
  }
}

/** istiod makes a CA of its own unless it finds this one when it starts, so it comes before Istio. */
async function putCa({ layout, context }: Creation, namespace: string): Promise<void> {
  const { name, kubeconfig } = layout;
  const cluster = connectCluster({
    name,
    kubeconfig,
    context: name,
    signal: context.signal,
    secret: context.reporter.secret,
  });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await cluster.create(await signedCa(name, namespace, context));
  context.reporter.line(`${name}: Secret ${namespace}/cacerts has a CA that the shared root signed`);
}

/** An image of a registry may be another one tomorrow; one that was built here has no digest. */
async function warnOfUnpinned({ docker, context }: Creation, image: string): Promise<void> {
  if (isPinned(image)) return;
  const { exitCode, output } = await docker.attempt(['image', 'inspect', '--format', '{{len .RepoDigests}}', image]);
  if (exitCode === 0 && output.trim() === '0') return;
  context.reporter.warning(
    `node image ${image} is not pinned: give it as ${image}@sha256:… to get the same one every time`,
  );
}
