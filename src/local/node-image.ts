import { kubernetesMinor } from '../cluster/kubernetes-minor.ts';
import { DeliveryError } from '../errors.ts';

/**
 * The node images that kind 0.33.0 was released with, newest first; the first is kind's own default:
 * https://github.com/kubernetes-sigs/kind/releases/tag/v0.33.0
 */
const nodeImages: readonly { kubernetes: string; image: string }[] = [
  { kubernetes: '1.37.0', image: pinned('1.37.0', 'a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5') },
  { kubernetes: '1.36.4', image: pinned('1.36.4', '099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed') },
  { kubernetes: '1.35.8', image: pinned('1.35.8', '07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0') },
  {
    kubernetes: '1.34.11',
    image: pinned('1.34.11', '44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d'),
  },
];

function pinned(kubernetes: string, digest: string): string {
  return `kindest/node:v${kubernetes}@sha256:${digest}`;
}

/** The digest-pinned node image for a version of Kubernetes: `1.34`, `1.34.11`, `v1.34.11`. */
export function nodeImageFor(version: string): string {
  const wanted = version.replace(/^v/, '');
  const found = nodeImages.find(({ kubernetes }) => kubernetes === wanted || kubernetes.startsWith(`${wanted}.`));
  if (found) return found.image;
  const known = nodeImages.map(({ kubernetes }) => kubernetes).join(', ');
  throw new DeliveryError(
    `Kubernetes ${version} has no node image that this version of kind was released with (there are ${known}); give one of these or a node-image of your own by digest`,
    { code: 'KubernetesVersionUnknown', kind: 'usage' },
  );
}

/** The node image of the same minor version as a cluster's Kubernetes; undefined where kind was released with none. */
export function nodeImageLike(kubernetes: string): string | undefined {
  const minor = kubernetesMinor(kubernetes);
  return nodeImages.find((each) => kubernetesMinor(each.kubernetes) === minor)?.image;
}

/** Whether the reference names one image for all time. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}
