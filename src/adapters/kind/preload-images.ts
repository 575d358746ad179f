import pMap from 'p-map';
import { type PullFailure, pullFailure } from '../../cluster/pull-failure.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import { fullImageName, mirroredImage } from '../../local/image-name.ts';
import { isPinned } from '../../local/node-image.ts';
import { type Docker, openDocker } from '../docker/docker.ts';
import type { ImagePreload, KindContext } from './kind-options.ts';
import { requireKind } from './kind-program.ts';
import { kubernetesNodes, lines } from './node-containers.ts';

const pullsAtOnce = 3;
const pullTries = 3;

const remedies: Record<PullFailure, string> = {
  missing: 'correct its name, push it, give a mirror that has it, or load it from an archive',
  refused: 'log in to its registry on this machine, give a mirror that has it, or load it from an archive',
  unreachable: 'see whether this machine reaches its registry, give a mirror that has it, or load it from an archive',
};

/** Brings images to the nodes of a cluster that is there. */
export async function loadImages(cluster: string, images: ImagePreload, context: KindContext): Promise<void> {
  await preloadImages(cluster, images, await openDocker(context), context);
}

/** Brings images to every node of a cluster: those that a node lacks, by way of the Docker engine, and archives. */
export async function preloadImages(
  cluster: string,
  { names, optional = [], archives, mirror }: ImagePreload,
  docker: Docker,
  context: KindContext,
): Promise<void> {
  const { reporter, signal } = context;
  const missing = await missingImages(cluster, [...names, ...optional], docker);
  for (const image of missing.filter(isPinned)) {
    reporter.line(`${image}: images by digest cannot be loaded into nodes, so these pull it themselves`);
  }
  const needed = new Set(names);
  const bring = async (image: string): Promise<string[]> => {
    try {
      await bringImage(image, mirror, docker, context);
      return [image];
    } catch (error) {
      if (needed.has(image) || signal.aborted) throw error;
      reporter.warning(`${messageOf(error)}; the nodes are left to pull it themselves`);
      return [];
    }
  };
  const brought = await pMap(
    missing.filter((image) => !isPinned(image)),
    bring,
    { concurrency: pullsAtOnce, signal },
  );
  const loadable = brought.flat();
  if (loadable.length > 0) {
    reporter.progress(`loading ${loadable.length} images`);
    await requireKind(
      `load of ${loadable.join(', ')}`,
      ['load', 'docker-image', ...loadable, '--name', cluster],
      context,
    );
  }
  for (const archive of archives) {
    await requireKind(`load of ${archive}`, ['load', 'image-archive', archive, '--name', cluster], context);
  }
  const there = new Set([...names, ...optional]).size - missing.length;
  reporter.line(`${cluster}: ${loadable.length} images and ${archives.length} archives loaded, ${there} were there`);
}

async function missingImages(cluster: string, names: readonly string[], docker: Docker): Promise<string[]> {
  const inventories: Set<string>[] = [];
  for (const node of await kubernetesNodes(docker, cluster)) {
    inventories.push(
      new Set(lines(await docker.run(['exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'ls', '-q']))),
    );
  }
  return [...new Set(names)].filter((image) => !inventories.every((inventory) => inventory.has(fullImageName(image))));
}

/** Has the Docker engine hold the image under its own name. */
async function bringImage(
  image: string,
  mirror: string | undefined,
  docker: Docker,
  { reporter, clock, signal }: KindContext,
): Promise<void> {
  if ((await docker.attempt(['image', 'inspect', '--format', '{{.Id}}', image])).exitCode === 0) return;
  const source = mirror === undefined ? image : mirroredImage(image, mirror);
  for (let tries = 1; ; tries += 1) {
    reporter.progress(`pulling ${source}`);
    const { exitCode, errors } = await docker.attempt(['pull', '--quiet', source]);
    if (exitCode === 0) break;
    const said = errors.trim().split('\n').at(-1) ?? '';
    const failure = pullFailure(said);
    if (tries >= pullTries || failure !== 'unreachable') {
      throw new DeliveryError(
        `image ${source} cannot be pulled: ${said || `exit code ${exitCode}`}; ${remedies[failure]}`,
        { code: failure === 'missing' ? 'ImageMissing' : 'ImageUnavailable', retryable: failure === 'unreachable' },
      );
    }
    reporter.line(`${source}: ${said}; pulling again`);
    await clock.sleep(2_000 * tries, signal);
  }
  if (source !== image) await docker.run(['tag', source, image]);
  reporter.line(`${image}: pulled${source === image ? '' : ` from ${source}`}`);
}
