import { type ImageWait, imageWaits } from '../cluster/image-waits.ts';
import { pullFailure } from '../cluster/pull-failure.ts';
import { DeliveryError, isStop } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import { nodeTrouble } from './node-trouble.ts';
import type { RehearsalPart } from './rehearsal.ts';
import type { InfrastructureWatch } from './watch-infrastructure.ts';

/** What failed says nothing of the change where it has one of these codes: the machine or its cluster is the cause. */
const ofTheGround: ReadonlySet<string> = new Set([
  'ClusterLost',
  'ClusterUnreachable',
  'ServiceUnavailable',
  'ServerTimeout',
  'Timeout',
  'TooManyRequests',
  'LockLost',
  'NodeShortage',
  'ImageUnavailable',
  'PrerequisiteMissing',
  'DockerUnavailable',
  'DockerFailed',
  'KindFailed',
]);

/** Parts in which nothing of the change is done yet. */
const groundwork: ReadonlySet<string> = new Set(['cluster', 'prerequisites']);

/** Whether a part failed for what it was done on, and not for what was done. */
export function isOfTheGround({ name, result, code = '' }: RehearsalPart): boolean {
  return result === 'failed' && (groundwork.has(name) || ofTheGround.has(code));
}

export interface GroundOptions {
  watch: InfrastructureWatch;
  /** Images of the bundle that is rehearsed: that one of them does not exist is its own fault. */
  images: readonly string[];
  /** Of the run. */
  signal: AbortSignal;
}

/** The error with its cause in front where the ground gave way under a part; the error itself otherwise. */
export async function withCause(cluster: Cluster, error: unknown, options: GroundOptions): Promise<unknown> {
  const { watch, images, signal } = options;
  if (isStop(error, signal)) return error;
  const lost = await watch.look();
  if (lost) return lost;
  if (!(error instanceof DeliveryError) || ofTheGround.has(error.code)) return error;
  if (error.code === 'ImageMissing') return images.some((image) => names(error, image)) ? error : unavailable(error);
  const shortage = await nodeTrouble(cluster).catch(() => undefined);
  if (shortage !== undefined) {
    return new DeliveryError(`the nodes of the rehearsal run short: ${shortage}; then: ${error.reason}`, {
      code: 'NodeShortage',
      cause: error,
    });
  }
  return (await imageCause(cluster, error, images).catch(() => undefined)) ?? error;
}

/** What is rehearsed does not need it: what runs now does. */
function unavailable(error: DeliveryError): DeliveryError {
  return new DeliveryError(error.reason, { code: 'ImageUnavailable', cause: error });
}

/** Of an error that names images which nodes cannot pull: that they cannot, unless the bundle names what is not there. */
async function imageCause(
  cluster: Cluster,
  error: DeliveryError,
  images: readonly string[],
): Promise<DeliveryError | undefined> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
  const waits = imageWaits(items).filter(({ image }) => error.reason.includes(image));
  const isOwn = ({ image, said }: ImageWait) => images.includes(image) && pullFailure(said) === 'missing';
  if (waits.length === 0 || waits.some(isOwn)) return undefined;
  const lines = new Map(
    waits.map(({ image, namespace, pod, said }) => [image, `image ${image} of pod ${namespace}/${pod}: ${said}`]),
  );
  return new DeliveryError(`images cannot be pulled by the nodes: ${[...lines.values()].join('; ')}`, {
    code: 'ImageUnavailable',
    cause: error,
  });
}

function names({ reason }: DeliveryError, image: string): boolean {
  return reason.includes(`image ${image} `);
}
