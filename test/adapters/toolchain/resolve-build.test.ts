import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildArguments, requiredVersion } from '../../../src/adapters/toolchain/resolve-build.ts';
import { toolDefinitions } from '../../../src/adapters/toolchain/tool-definitions.ts';
import type { ToolName } from '../../../src/ports/toolchain.ts';
import { type Fixture, type FixtureOptions, makeFixture } from './fixture.ts';
import { writeIstioModule } from './istio-module.ts';
import { closedPort } from './release-server.ts';

const istioctlPath = '/istio/istio/releases/download/1.31.0/istioctl-1.31.0-linux-amd64.tar.gz';
const goFolder = join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'bin');

async function machineWithGo(options: FixtureOptions = {}): Promise<Fixture> {
  const fixture = await makeFixture({
    mirror: await closedPort(),
    searchPath: [goFolder],
    environment: process.env,
    ...options,
  });
  await writeIstioModule(fixture.settings.root);
  return fixture;
}

test('where no hash is locked the pinned version is built, and one line says both', async () => {
  const fixture = await machineWithGo();
  expect(await fixture.resolve('istioctl')).toMatchObject({ source: 'go build toolchain/istio' });
  expect(fixture.said.filter((line) => line.includes('has no locked sha256'))).toEqual([
    `istioctl 1.31.0: ${fixture.settings.mirror}${istioctlPath} has no locked sha256; building it from toolchain/istio`,
  ]);
});

test('where the release host cannot be reached the pinned version is built, and one line says both', async () => {
  const fixture = await machineWithGo({ hashes: { [`https://github.com${istioctlPath}`]: 'a'.repeat(64) } });
  const tool = await fixture.resolve('istioctl');
  expect(tool).toMatchObject({ version: '1.31.0', source: 'go build toolchain/istio' });
  expect(execFileSync(tool.path, { encoding: 'utf8' })).toBe('client version: 1.31.0\n');
  expect(fixture.said.find((line) => line.includes('cannot be reached'))).toBe(
    `istioctl 1.31.0: ${fixture.settings.mirror}${istioctlPath} cannot be reached (ECONNREFUSED); building it from toolchain/istio`,
  );
  expect(fixture.said.some((line) => /^istioctl 1\.31\.0: go build toolchain\/istio, \d+ s, /.test(line))).toBe(true);
});

test('a build is locked by its go.sum: it is made where only locked tools are taken, and found again there', async () => {
  const fixture = await machineWithGo({ locked: true });
  expect(await fixture.resolve('istioctl')).toMatchObject({ source: 'go build toolchain/istio' });
  expect(await fixture.resolve('istioctl')).toMatchObject({ source: 'tool cache' });
});

test('a build that fails says what Go said and leaves nothing behind', async () => {
  const fixture = await machineWithGo();
  await writeIstioModule(fixture.settings.root, 'package main\n\nfunc main() { undefined() }\n');
  const error = await fixture.refusal('istioctl');
  expect(error.code).toBe('BuildFailed');
  expect(error.message).toContain('undefined: undefined');
  expect(await fixture.leftovers()).toEqual([]);
});

test('a build that makes another version is refused and leaves nothing behind', async () => {
  const fixture = await machineWithGo();
  const source = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("client version: 1.30.0") }\n';
  await writeIstioModule(fixture.settings.root, source);
  expect(await fixture.refusal('istioctl')).toMatchObject({ code: 'WrongVersion' });
  expect(await fixture.leftovers()).toEqual([]);
});

test('a go.mod that does not require what the lock says is refused', async () => {
  const fixture = await machineWithGo();
  const path = join(fixture.settings.root, 'toolchain/istio/go.mod');
  await writeFile(path, (await readFile(path, 'utf8')).replace(/v0\.0\.0-\S+/, 'v0.0.0-20260101000000-000000000000'));
  expect(await fixture.refusal('istioctl')).toMatchObject({ code: 'LockOutOfStep' });
});

test('without Go the error says that it is missing', async () => {
  const fixture = await machineWithGo({ searchPath: [] });
  expect((await fixture.refusal('istioctl')).message).toContain('go build toolchain/istio needs Go on PATH');
});

test('an aborted build ends with all its processes and leaves nothing behind', async () => {
  const controller = new AbortController();
  const fixture = await machineWithGo({ signal: controller.signal });
  const refusal = fixture.refusal('istioctl');
  const started = setInterval(() => {
    if (fixture.said.some((line) => line.includes('go build'))) controller.abort(new Error('stopped by hand'));
  }, 5);
  expect(await refusal).toMatchObject({ message: 'stopped by hand' });
  clearInterval(started);
  expect(await fixture.leftovers()).toEqual([]);
});

const commands: { name: ToolName; version: string; expected: string[] }[] = [
  {
    name: 'pilot-discovery',
    version: '1.31.0',
    expected: [
      'build',
      '-v',
      '-trimpath',
      '-tags',
      'vtprotobuf,disable_pgv',
      '-ldflags',
      '-s -w -X istio.io/istio/pkg/version.buildVersion=1.31.0 -X istio.io/istio/pkg/version.buildGitRevision=eed52ebb66ad' +
        ' -X istio.io/istio/pkg/version.buildStatus=Clean -X istio.io/istio/pkg/version.buildTag=1.31.0' +
        ' -X istio.io/istio/pkg/version.buildHub=docker.io/istio',
      '-o',
      '/out',
      'istio.io/istio/pilot/cmd/pilot-discovery',
    ],
  },
  {
    name: 'kubectl',
    version: '1.34.2',
    expected: [
      'build',
      '-v',
      '-trimpath',
      '-ldflags',
      '-s -w -X k8s.io/component-base/version.gitVersion=v1.34.2 -X k8s.io/component-base/version.gitMajor=1' +
        ' -X k8s.io/component-base/version.gitMinor=34 -X k8s.io/component-base/version.gitTreeState=clean' +
        ' -X k8s.io/component-base/version.gitCommit=unknown',
      '-o',
      '/out',
      'k8s.io/kubernetes/cmd/kubectl',
    ],
  },
];

test.each(commands)('$name is built with its version stamped in', async ({ name, version, expected }) => {
  const definition = toolDefinitions[name];
  const goMod = await readFile(
    join(import.meta.dirname, '../../../toolchain', definition.build.folder, 'go.mod'),
    'utf8',
  );
  expect(buildArguments({ name, version, definition }, goMod, '/out')).toEqual(expected);
});

test('reads the required version of a module, in a block or on a line of its own', () => {
  const goMod = 'require a.example/b v1.2.3 // indirect\nrequire (\n\tc.example/d v2.0.0+incompatible\n)\n';
  expect(requiredVersion(goMod, 'a.example/b')).toBe('v1.2.3');
  expect(requiredVersion(goMod, 'c.example/d')).toBe('v2.0.0+incompatible');
  expect(requiredVersion(goMod, 'a.example')).toBeUndefined();
});
