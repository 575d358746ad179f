import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requiredVersion } from '../../../src/adapters/toolchain/resolve-build.ts';

const main = `package main

import (
	"fmt"

	"istio.io/istio/pkg/version"
)

func main() {
	fmt.Println("client version:", version.Build())
}
`;

const version = `package version

var (
	buildVersion     = "unknown"
	buildGitRevision = "unknown"
	buildStatus      = "unknown"
	buildTag         = "unknown"
	buildHub         = "unknown"
)

func Build() string { return buildVersion }
`;

/**
 * Writes `toolchain/istio` below a root: a Go module that pins Istio as ours does, but takes it from a folder with
 * next to nothing in it, so that a real `go build` takes a second and no network.
 */
export async function writeIstioModule(root: string, source = main): Promise<void> {
  const committed = await readFile(join(import.meta.dirname, '../../../toolchain/istio/go.mod'), 'utf8');
  const goMod = [
    'module istio-delivery/toolchain/istio',
    'go 1.26.0',
    'tool istio.io/istio/istioctl/cmd/istioctl',
    `require istio.io/istio ${requiredVersion(committed, 'istio.io/istio')} // indirect`,
    'replace istio.io/istio => ./istio',
  ];
  const files = {
    'go.mod': `${goMod.join('\n')}\n`,
    'istio/go.mod': 'module istio.io/istio\ngo 1.26.0\n',
    'istio/pkg/version/version.go': version,
    'istio/istioctl/cmd/istioctl/main.go': source,
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, 'toolchain/istio', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
