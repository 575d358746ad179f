import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Docker } from '../docker/docker.ts';
import { findExecutable } from '../toolchain/find-executable.ts';
import { packageRoot } from '../toolchain/package-root.ts';
import { executableName, hostPlatform } from '../toolchain/platform.ts';
import { runProgram } from '../toolchain/run-program.ts';
import { sampleDigest } from './sample-sources.ts';

/** Repository of the sample's images; their tags name the sources that they are built from. */
const repository = 'istio-delivery/sample';

export interface SampleImage {
  /** Image that the binary is put on; an empty one where none is given. */
  base?: string;
  /** The whole name; `istio-delivery/sample:<digest of the sources>` otherwise. */
  tag?: string;
}

export interface SampleBuild {
  docker: Docker;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  reporter: Reporter;
}

/**
 * Builds the sample with the machine's Go and makes an image of it in the Docker engine; returns the image's name.
 * An image that is there already is taken as it is. Throws `GoMissing` and `SampleBuildFailed`.
 */
export async function buildSampleImage({ base = 'scratch', tag }: SampleImage, build: SampleBuild): Promise<string> {
  const { docker, reporter } = build;
  const folder = join(packageRoot(), 'sample');
  const architecture = (await docker.run(['version', '--format', '{{.Server.Arch}}'])).trim();
  const digest = await sampleDigest(folder, { base, architecture });
  const image = tag ?? `${repository}:${digest}`;
  if ((await docker.attempt(['image', 'inspect', '--format', '{{.Id}}', image])).exitCode === 0) return image;
  const context = await mkdtemp(join(tmpdir(), 'istio-delivery-sample-'));
  try {
    reporter.progress(`sample: go build for linux/${architecture}`);
    await compile({ folder, architecture, path: join(context, 'sample') }, build);
    await copyFile(join(folder, 'Dockerfile'), join(context, 'Dockerfile'));
    reporter.progress(`sample: docker build on ${base}`);
    await docker.run(['build', '--build-arg', `BASE=${base}`, '--tag', image, context]);
  } finally {
    await rm(context, { recursive: true, force: true, maxRetries: 3 });
  }
  reporter.line(`sample: built ${image} on ${base}`);
  return image;
}

interface Compilation {
  folder: string;
  /** As Go and the engine name it. */
  architecture: string;
  path: string;
}

async function compile({ folder, architecture, path }: Compilation, build: SampleBuild): Promise<void> {
  const { environment, signal } = build;
  const folders = (environment.PATH ?? '').split(delimiter).filter((each) => each !== '');
  const go = await findExecutable(executableName('go', hostPlatform()), folders);
  if (go === undefined) {
    throw new DeliveryError(
      "The sample's image cannot be built: there is no program go on PATH; install Go, or give an image of the sample",
      { code: 'GoMissing' },
    );
  }
  const { exitCode, errors } = await runProgram(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', path, '.'], {
    environment: {
      ...environment,
      CGO_ENABLED: '0',
      GOOS: 'linux',
      GOARCH: architecture,
      // The sources are pinned by go.sum, and a package that is installed has no repository around it.
      GOFLAGS: '-mod=readonly -buildvcs=false',
      GOWORK: 'off',
    },
    folder,
    signal,
  });
  if (exitCode === 0) return;
  throw new DeliveryError(
    `The sample cannot be built: ${errors.trim() || 'go build failed'}. Check that Go's module proxy (GOPROXY) can be reached, or give an image of the sample`,
    { code: 'SampleBuildFailed', retryable: true },
  );
}
