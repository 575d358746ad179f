import type { Platform } from './platform.ts';

/** One published file of a tool, and where its sha256 is published. */
export interface Release {
  url: string;
  /** `none`: the file is the executable. */
  archive: 'tar.gz' | 'zip' | 'none';
  /** Path of the executable inside the archive. */
  entry: string;
  /** One checksum, or a list of checksums with file names. Undefined where the project publishes none. */
  checksumUrl: string | undefined;
}

/** The release of a version for a platform; undefined where the project publishes none. */
export type FindRelease = (version: string, platform: Platform) => Release | undefined;

/** Istio names its archives `osx` and `win`; there is none for Windows on arm64. */
export const istioctlRelease: FindRelease = (version, { os, arch }) => {
  const system = { linux: 'linux', darwin: 'osx', windows: 'win' }[os];
  if (system === undefined || !isCommon(arch) || (os === 'windows' && arch !== 'amd64')) return undefined;
  const archive = os === 'windows' ? 'zip' : 'tar.gz';
  const url = `https://github.com/istio/istio/releases/download/${version}/istioctl-${version}-${system}-${arch}.${archive}`;
  return { url, archive, entry: os === 'windows' ? 'istioctl.exe' : 'istioctl', checksumUrl: `${url}.sha256` };
};

/** Servers are published for Linux alone. */
export function kubernetesRelease(name: string): FindRelease {
  return (version, { os, arch }) => {
    const systems = name === 'kubectl' ? ['linux', 'darwin', 'windows'] : ['linux'];
    if (!systems.includes(os) || !isCommon(arch)) return undefined;
    const file = os === 'windows' ? `${name}.exe` : name;
    const url = `https://dl.k8s.io/release/v${version}/bin/${os}/${arch}/${file}`;
    return { url, archive: 'none', entry: file, checksumUrl: `${url}.sha256` };
  };
}

export const etcdRelease: FindRelease = (version, { os, arch }) => {
  if (!isSystem(os) || !isCommon(arch) || (os === 'windows' && arch !== 'amd64')) return undefined;
  const archive = os === 'linux' ? 'tar.gz' : 'zip';
  const folder = `etcd-v${version}-${os}-${arch}`;
  const base = `https://github.com/etcd-io/etcd/releases/download/v${version}`;
  return {
    url: `${base}/${folder}.${archive}`,
    archive,
    entry: `${folder}/${os === 'windows' ? 'etcd.exe' : 'etcd'}`,
    checksumUrl: `${base}/SHA256SUMS`,
  };
};

/** kwok publishes executables without checksums: only a locked hash makes them usable. */
export function kwokRelease(name: 'kwok' | 'kwokctl'): FindRelease {
  return (version, { os, arch }) => {
    if (!isSystem(os) || !isCommon(arch)) return undefined;
    const file = `${name}-${os}-${arch}${os === 'windows' ? '.exe' : ''}`;
    const url = `https://github.com/kubernetes-sigs/kwok/releases/download/v${version}/${file}`;
    return { url, archive: 'none', entry: file, checksumUrl: undefined };
  };
}

export const helmRelease: FindRelease = (version, { os, arch }) => {
  if (!isSystem(os) || !isCommon(arch)) return undefined;
  const archive = os === 'windows' ? 'zip' : 'tar.gz';
  const url = `https://get.helm.sh/helm-v${version}-${os}-${arch}.${archive}`;
  const entry = `${os}-${arch}/${os === 'windows' ? 'helm.exe' : 'helm'}`;
  return { url, archive, entry, checksumUrl: `${url}.sha256sum` };
};

export const kindRelease: FindRelease = (version, { os, arch }) => {
  if (!isSystem(os) || !isCommon(arch) || (os === 'windows' && arch !== 'amd64')) return undefined;
  const file = `kind-${os}-${arch}`;
  const url = `https://github.com/kubernetes-sigs/kind/releases/download/v${version}/${file}`;
  return { url, archive: 'none', entry: file, checksumUrl: `${url}.sha256sum` };
};

function isSystem(os: string): boolean {
  return os === 'linux' || os === 'darwin' || os === 'windows';
}

function isCommon(arch: string): boolean {
  return arch === 'amd64' || arch === 'arm64';
}
