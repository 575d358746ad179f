/** The parts of an image's reference, with what Docker adds to a short one. */
export interface ImageName {
  /** `docker.io`, `registry.example:5000`. */
  host: string;
  /** `istio/pilot`, `library/busybox`. */
  repository: string;
  /** `:1.31.0`, `@sha256:…`; `:latest` where neither is given. */
  suffix: string;
}

/** Reads a reference as Docker does: `busybox` is `docker.io/library/busybox:latest`. */
export function parseImageName(image: string): ImageName {
  const first = image.split('/')[0] ?? '';
  const hasHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const host = !hasHost || first === 'index.docker.io' ? 'docker.io' : first;
  const rest = hasHost ? image.slice(first.length + 1) : image;
  const end = /(?::[^/@]+)?(?:@[^/]+)?$/.exec(rest)?.[0] ?? '';
  const path = rest.slice(0, rest.length - end.length);
  const repository = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { host, repository, suffix: end === '' ? ':latest' : end };
}

/** The one name that containerd gives an image, however it was written. */
export function fullImageName(image: string): string {
  const { host, repository, suffix } = parseImageName(image);
  return `${host}/${repository}${suffix}`;
}

/** Where a mirror has the image: the mirror stands for its registry's host. */
export function mirroredImage(image: string, mirror: string): string {
  const { repository, suffix } = parseImageName(image);
  return `${mirror.replace(/\/+$/, '')}/${repository}${suffix}`;
}
