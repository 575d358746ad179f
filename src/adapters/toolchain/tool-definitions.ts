import type { ToolName } from '../../ports/toolchain.ts';
import {
  etcdRelease,
  type FindRelease,
  helmRelease,
  istioctlRelease,
  kindRelease,
  kubernetesRelease,
  kwokRelease,
} from './releases.ts';

/** What a Go build of a tool is made of. */
export interface BuildDefinition {
  /** Folder below `toolchain/` whose go.mod and go.sum pin everything that goes in. */
  folder: string;
  /** Module whose version in that go.mod is the tool's. */
  module: string;
  package: string;
  tags: readonly string[];
  /** Go variables that are set while linking, so that the tool knows its version. */
  stamps(pin: BuildPin): Record<string, string>;
}

export interface BuildPin {
  /** Version of the tool, without a leading `v`. */
  version: string;
  /** Version of its Go module, as go.mod has it. */
  moduleVersion: string;
  /** Version that go.mod requires of another module. */
  requires(module: string): string | undefined;
}

export interface ToolDefinition {
  /** Makes the tool say its version. */
  versionArguments: readonly string[];
  /** Its first group is the version, without a leading `v`. */
  versionPattern: RegExp;
  /** Undefined where no release holds the tool. */
  release: FindRelease | undefined;
  build: BuildDefinition;
}

const kubernetesVersion = /Kubernetes v(\S+)/;
const istioctlVersion = /client version: (\S+)/;
const pilotVersion = /Version:"([^"]+)"/;
const kwokVersion = /version v(\S+)/;

/** Every tool: how it tells its version, where it is published, how it is built. */
export const toolDefinitions: Record<ToolName, ToolDefinition> = {
  istioctl: {
    versionArguments: ['version', '--remote=false', '--log_target', 'stderr'],
    versionPattern: istioctlVersion,
    release: istioctlRelease,
    build: istioBuild('istioctl/cmd/istioctl', []),
  },
  'pilot-discovery': {
    versionArguments: ['version'],
    versionPattern: pilotVersion,
    release: undefined,
    build: istioBuild('pilot/cmd/pilot-discovery', ['vtprotobuf', 'disable_pgv']),
  },
  'kube-apiserver': kubernetesTool('kube-apiserver'),
  'kube-controller-manager': kubernetesTool('kube-controller-manager'),
  'kube-scheduler': kubernetesTool('kube-scheduler'),
  kubectl: {
    ...kubernetesTool('kubectl'),
    versionArguments: ['version', '--client'],
    versionPattern: /Client Version: v(\S+)/,
  },
  etcd: {
    versionArguments: ['--version'],
    versionPattern: /etcd Version: (\S+)/,
    release: etcdRelease,
    build: {
      folder: 'etcd',
      module: 'go.etcd.io/etcd/server/v3',
      package: 'go.etcd.io/etcd/server/v3',
      tags: [],
      stamps: () => ({}),
    },
  },
  kwok: kwokTool('kwok'),
  kwokctl: kwokTool('kwokctl'),
  helm: {
    versionArguments: ['version', '--short'],
    versionPattern: /^v([^\s+]+)/m,
    release: helmRelease,
    build: {
      folder: 'helm',
      module: 'helm.sh/helm/v3',
      package: 'helm.sh/helm/v3/cmd/helm',
      tags: [],
      stamps: helmStamps,
    },
  },
  kind: {
    versionArguments: ['version'],
    versionPattern: /kind v(\S+)/,
    release: kindRelease,
    build: { folder: 'kind', module: 'sigs.k8s.io/kind', package: 'sigs.k8s.io/kind', tags: [], stamps: () => ({}) },
  },
};

function istioBuild(path: string, tags: readonly string[]): BuildDefinition {
  const variables = 'istio.io/istio/pkg/version';
  return {
    folder: 'istio',
    module: 'istio.io/istio',
    package: `istio.io/istio/${path}`,
    tags,
    // Istio's tags carry no `v`, so its module versions are pseudo-versions that end in the commit.
    stamps: ({ version, moduleVersion }) => ({
      [`${variables}.buildVersion`]: version,
      [`${variables}.buildGitRevision`]: moduleVersion.slice(moduleVersion.lastIndexOf('-') + 1),
      [`${variables}.buildStatus`]: 'Clean',
      [`${variables}.buildTag`]: version,
      [`${variables}.buildHub`]: 'docker.io/istio',
    }),
  };
}

function kubernetesTool(name: string): ToolDefinition {
  const variables = 'k8s.io/component-base/version';
  return {
    versionArguments: ['--version'],
    versionPattern: kubernetesVersion,
    release: kubernetesRelease(name),
    build: {
      folder: 'kubernetes',
      module: 'k8s.io/kubernetes',
      package: `k8s.io/kubernetes/cmd/${name}`,
      tags: [],
      stamps: ({ version }) => {
        const [major = '', minor = ''] = version.split('.');
        return {
          [`${variables}.gitVersion`]: `v${version}`,
          [`${variables}.gitMajor`]: major,
          [`${variables}.gitMinor`]: minor,
          [`${variables}.gitTreeState`]: 'clean',
          [`${variables}.gitCommit`]: 'unknown',
        };
      },
    },
  };
}

function kwokTool(name: 'kwok' | 'kwokctl'): ToolDefinition {
  return {
    versionArguments: ['--version'],
    versionPattern: kwokVersion,
    release: kwokRelease(name),
    build: {
      folder: 'kwok',
      module: 'sigs.k8s.io/kwok',
      package: `sigs.k8s.io/kwok/cmd/${name}`,
      tags: [],
      stamps: ({ version }) => ({ 'sigs.k8s.io/kwok/pkg/consts.Version': `v${version}` }),
    },
  };
}

/** Helm renders charts for the Kubernetes version of its client library unless told otherwise, as its Makefile does. */
function helmStamps({ version, requires }: BuildPin): Record<string, string> {
  const minor = requires('k8s.io/client-go')?.split('.')[1] ?? '';
  return {
    'helm.sh/helm/v3/internal/version.version': `v${version}`,
    'helm.sh/helm/v3/internal/version.gitTreeState': 'clean',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': minor,
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': minor,
  };
}
