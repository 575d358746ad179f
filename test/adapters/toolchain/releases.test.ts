import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/adapters/toolchain/platform.ts';
import { toolDefinitions } from '../../../src/adapters/toolchain/tool-definitions.ts';
import type { ToolName } from '../../../src/ports/toolchain.ts';

interface Case {
  name: ToolName;
  version: string;
  platform: string;
  /** Undefined where there is no release. */
  url: string | undefined;
  entry?: string;
  checksumUrl?: string | undefined;
}

const istio = 'https://github.com/istio/istio/releases/download/1.31.0/istioctl-1.31.0';
const kubernetes = 'https://dl.k8s.io/release/v1.34.2/bin';
const etcd = 'https://github.com/etcd-io/etcd/releases/download/v3.6.8';
const kwok = 'https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0';
const helm = 'https://get.helm.sh/helm-v3.22.0';
const kind = 'https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind';
const sums = `${etcd}/SHA256SUMS`;

function istioctl(platform: string, suffix: string | undefined, entry = 'istioctl'): Case {
  const url = suffix === undefined ? undefined : `${istio}-${suffix}`;
  return { name: 'istioctl', version: '1.31.0', platform, url, entry, checksumUrl: `${url}.sha256` };
}

function kubernetesTool(name: ToolName, platform: string, file: string | undefined): Case {
  const url = file === undefined ? undefined : `${kubernetes}/${file}`;
  return { name, version: '1.34.2', platform, url, checksumUrl: `${url}.sha256` };
}

const cases: Case[] = [
  istioctl('linux-amd64', 'linux-amd64.tar.gz'),
  istioctl('linux-arm64', 'linux-arm64.tar.gz'),
  istioctl('darwin-amd64', 'osx-amd64.tar.gz'),
  istioctl('darwin-arm64', 'osx-arm64.tar.gz'),
  istioctl('windows-amd64', 'win-amd64.zip', 'istioctl.exe'),
  istioctl('windows-arm64', undefined),
  istioctl('linux-s390x', undefined),
  kubernetesTool('kube-apiserver', 'linux-amd64', 'linux/amd64/kube-apiserver'),
  kubernetesTool('kube-scheduler', 'linux-arm64', 'linux/arm64/kube-scheduler'),
  kubernetesTool('kube-controller-manager', 'darwin-arm64', undefined),
  kubernetesTool('kubectl', 'darwin-arm64', 'darwin/arm64/kubectl'),
  kubernetesTool('kubectl', 'windows-amd64', 'windows/amd64/kubectl.exe'),
  {
    name: 'etcd',
    version: '3.6.8',
    platform: 'linux-arm64',
    url: `${etcd}/etcd-v3.6.8-linux-arm64.tar.gz`,
    entry: 'etcd-v3.6.8-linux-arm64/etcd',
    checksumUrl: sums,
  },
  {
    name: 'etcd',
    version: '3.6.8',
    platform: 'darwin-arm64',
    url: `${etcd}/etcd-v3.6.8-darwin-arm64.zip`,
    entry: 'etcd-v3.6.8-darwin-arm64/etcd',
    checksumUrl: sums,
  },
  { name: 'kwok', version: '0.8.0', platform: 'linux-amd64', url: `${kwok}/kwok-linux-amd64`, checksumUrl: undefined },
  {
    name: 'kwokctl',
    version: '0.8.0',
    platform: 'darwin-arm64',
    url: `${kwok}/kwokctl-darwin-arm64`,
    checksumUrl: undefined,
  },
  {
    name: 'helm',
    version: '3.22.0',
    platform: 'linux-amd64',
    url: `${helm}-linux-amd64.tar.gz`,
    entry: 'linux-amd64/helm',
    checksumUrl: `${helm}-linux-amd64.tar.gz.sha256sum`,
  },
  {
    name: 'helm',
    version: '3.22.0',
    platform: 'windows-amd64',
    url: `${helm}-windows-amd64.zip`,
    entry: 'windows-amd64/helm.exe',
    checksumUrl: `${helm}-windows-amd64.zip.sha256sum`,
  },
  {
    name: 'kind',
    version: '0.33.0',
    platform: 'darwin-amd64',
    url: `${kind}-darwin-amd64`,
    checksumUrl: `${kind}-darwin-amd64.sha256sum`,
  },
  { name: 'pilot-discovery', version: '1.31.0', platform: 'linux-amd64', url: undefined },
];

describe('names the release of', () => {
  test.each(cases)('$name for $platform', ({ name, version, platform, ...expected }) => {
    const release = toolDefinitions[name].release?.(version, parsePlatform(platform));
    expect(release?.url).toBe(expected.url);
    if (release === undefined) return;
    if (expected.entry !== undefined) expect(release.entry).toBe(expected.entry);
    expect(release.checksumUrl).toBe(expected.checksumUrl);
    const archive = /\.(tar\.gz|zip)$/.exec(release.url)?.[1] ?? 'none';
    expect(release.archive).toBe(archive);
  });
});

function parsePlatform(text: string): Platform {
  const [os = '', arch = ''] = text.split('-');
  return { os, arch };
}
