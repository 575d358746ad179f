import { z } from 'zod';
import { findHash } from '../src/adapters/toolchain/published-hash.ts';
import { parseYaml } from '../src/mesh/yaml.ts';
import type { ToolName } from '../src/ports/toolchain.ts';

/** One release of a tool, as a witness is asked for it. */
export interface WitnessedRelease {
  name: ToolName;
  /** Without a leading `v`. */
  version: string;
  os: string;
  arch: string;
  url: string;
}

/** A public repository that writes down hashes of releases which are not its own. */
export interface WitnessSource {
  /** `owner/name` on GitHub. */
  repository: string;
  /** The file that may have the release's hash; undefined where the repository keeps none of that kind. */
  path(release: WitnessedRelease): string | undefined;
  /** The hash in that file's text; undefined where it is not there. Throws where the text has another form. */
  find(text: string, release: WitnessedRelease): string | undefined;
}

const kubernetes: readonly ToolName[] = ['kubectl', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

const assetFile = z.object({
  filestores: z.array(z.object({ base: z.string() })),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
});

/** kOps: one file a minor version of Kubernetes, `files: [{name, sha256}]` below a base URL. */
const kops: WitnessSource = {
  repository: 'kubernetes/kops',
  path: ({ name, version, os }) =>
    kubernetes.includes(name) && os !== 'windows'
      ? `pkg/assets/assetdata/k8s-${version.split('.').slice(0, 2).join('.')}.yaml`
      : undefined,
  find(text, { url }) {
    const { filestores, files } = assetFile.parse(firstDocument(text));
    const urls = (name: string) => filestores.map(({ base }) => `${base}${name}`);
    return files.find(({ name }) => urls(name).includes(url))?.sha256;
  },
};

/** Names of Kubespray's lists: by architecture, then by version, `sha256:<hash>` of what is downloaded for Linux. */
const kubesprayLists: Partial<Record<ToolName, string>> = {
  kubectl: 'kubectl_checksums',
  etcd: 'etcd_binary_checksums',
  helm: 'helm_archive_checksums',
};

const kubesprayFile = z.looseObject({});

/** A list may hold 0 where there is no such file. */
const kubesprayList = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])));

const kubespray: WitnessSource = {
  repository: 'kubernetes-sigs/kubespray',
  path: ({ name, os }) =>
    kubesprayLists[name] !== undefined && os === 'linux'
      ? 'roles/kubespray_defaults/vars/main/checksums.yml'
      : undefined,
  find(text, { name, version, arch }) {
    const list = kubesprayList.parse(kubesprayFile.parse(firstDocument(text))[kubesprayLists[name] ?? '']);
    const hash = list[arch]?.[version];
    return typeof hash === 'string' ? hash.replace(/^sha256:/, '') : undefined;
  },
};

/** Argo CD: one file a version and platform of Helm, as `sha256sum` writes it. */
const argoCd: WitnessSource = {
  repository: 'argoproj/argo-cd',
  path: ({ name, version, os, arch }) =>
    name === 'helm' && os !== 'windows'
      ? `hack/installers/checksums/helm-v${version}-${os}-${arch}.tar.gz.sha256`
      : undefined,
  find(text, { url }) {
    const hash = findHash(text, url.slice(url.lastIndexOf('/') + 1));
    if (hash === undefined) throw new Error('no sha256 of that file in it');
    return hash;
  },
};

const wingetPackages: Partial<Record<ToolName, string>> = {
  kubectl: 'Kubernetes/kubectl',
  kind: 'Kubernetes/kind',
  helm: 'Helm/Helm',
};

const wingetFile = z.object({
  Installers: z.array(z.object({ InstallerUrl: z.string(), InstallerSha256: z.string() })),
});

/** The Windows Package Manager: one manifest a version, kept for good. */
const winget: WitnessSource = {
  repository: 'microsoft/winget-pkgs',
  path({ name, version, os }) {
    const id = wingetPackages[name];
    if (id === undefined || os !== 'windows') return undefined;
    return `manifests/${id.charAt(0).toLowerCase()}/${id}/${version}/${id.replace('/', '.')}.installer.yaml`;
  },
  find(text, { url }) {
    const { Installers } = wingetFile.parse(firstDocument(text));
    return Installers.find(({ InstallerUrl }) => InstallerUrl === url)?.InstallerSha256.toLowerCase();
  },
};

function firstDocument(text: string): unknown {
  return parseYaml(text, 'it')[0];
}

/** Every witness. No repository is known that has hashes of istioctl's or KWOK's archives. */
export const witnessSources: readonly WitnessSource[] = [kops, kubespray, argoCd, winget];
