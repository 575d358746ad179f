import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { JobContext } from '../../src/jobs/job.ts';
import { setUpTools, setup } from '../../src/jobs/setup.ts';
import { noToolInputs } from '../../src/jobs/tool-inputs.ts';
import { istioctlScript, sha256, tarGz } from '../adapters/toolchain/archives.ts';
import { type Fixture, makeFixture, writeProgram } from '../adapters/toolchain/fixture.ts';
import { startReleaseServer } from '../adapters/toolchain/release-server.ts';

const meshFile = `name: acme
istio: { version: 1.31.0 }
environments:
  dev: { clusters: [{ name: dev, context: dev }] }
`;

const nothing = { mesh: undefined, istioctl: undefined, kubectl: undefined, helm: undefined };

function contextOf({ reporter }: Fixture): JobContext {
  return { reporter, clock: systemClock, signal: new AbortController().signal };
}

describe('set-up', () => {
  test("takes istioctl at the mesh file's version, and nothing that was not asked for", async () => {
    const fixture = await makeFixture();
    const program = await writeProgram(join(fixture.folder, 'bin'), 'istioctl', istioctlScript('1.31.0'));
    fixture.settings.searchPath.push(dirname(program));
    const mesh = join(fixture.folder, 'mesh.yaml');
    await writeFile(mesh, meshFile);
    const set = await setUpTools({ ...nothing, mesh }, fixture.settings, contextOf(fixture));
    expect(set.choice).toEqual({ version: '1.31.0', source: `istio.version of ${mesh}` });
    expect(set.tools.map(({ name, path }) => [name, path])).toEqual([['istioctl', program]]);
  });

  test('does not read the mesh file when a version is given', async () => {
    const fixture = await makeFixture();
    const program = await writeProgram(join(fixture.folder, 'bin'), 'istioctl', istioctlScript('1.29.3'));
    fixture.settings.searchPath.push(dirname(program));
    const wish = { ...nothing, mesh: '/nowhere/mesh.yaml', istioctl: '1.29.3' };
    expect(await setUpTools(wish, fixture.settings, contextOf(fixture))).toMatchObject({
      istioctl: { version: '1.29.3', path: program },
    });
  });

  test('brings kubectl and helm where they are asked for', async () => {
    const fixture = await makeFixture();
    const bin = join(fixture.folder, 'bin');
    await writeProgram(bin, 'istioctl', istioctlScript('1.31.0'));
    await writeProgram(bin, 'kubectl', '#!/bin/sh\necho "Client Version: v1.33.1"\n');
    await writeProgram(bin, 'helm', '#!/bin/sh\necho "v3.19.0+g1234567"\n');
    fixture.settings.searchPath.push(bin);
    const wish = { ...nothing, kubectl: '1.33.1', helm: 'v3.19.0' };
    const { tools } = await setUpTools(wish, fixture.settings, contextOf(fixture));
    expect(tools.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'istioctl 1.31.0',
      'kubectl 1.33.1',
      'helm 3.19.0',
    ]);
  });
});

describe('the job', () => {
  const path = '/istio/istio/releases/download/1.30.2/istioctl-1.30.2-linux-amd64.tar.gz';

  async function run(
    env: Record<string, string>,
  ): Promise<{ fixture: Fixture; result: Awaited<ReturnType<typeof setup.run>> }> {
    const archive = await tarGz([{ name: 'istioctl', content: istioctlScript('1.30.2') }]);
    const server = await startReleaseServer({ [path]: { body: archive } });
    const fixture = await makeFixture();
    const lockFile = join(fixture.folder, 'own.lock.json');
    await writeFile(lockFile, JSON.stringify({ releases: { [`https://github.com${path}`]: sha256(archive) } }));
    const clean = {
      GITHUB_ACTIONS: '',
      GITHUB_PATH: '',
      RUNNER_TOOL_CACHE: '',
      RUNNER_TEMP: '',
      PATH: '/usr/bin:/bin',
    };
    for (const [name, value] of Object.entries({ ...clean, ISTIO_DELIVERY_HOME: fixture.settings.home, ...env })) {
      vi.stubEnv(name, value.replace('<folder>', fixture.folder));
    }
    if (env.GITHUB_PATH !== undefined) await writeFile(join(fixture.folder, 'path'), '');
    try {
      const tools = { ...noToolInputs, mirror: server.url, 'lock-file': lockFile };
      const inputs = { ...nothing, ...tools, istioctl: '1.30.2', token: undefined };
      return { fixture, result: await setup.run(inputs, contextOf(fixture)) };
    } finally {
      vi.unstubAllEnvs();
    }
  }

  test('on a terminal tells where istioctl is and how to put it on PATH', async () => {
    const { fixture, result } = await run({});
    const folder = join(fixture.settings.home, 'tools/istioctl/1.30.2/x64');
    expect(result.outputs).toEqual({
      'istioctl-version': '1.30.2',
      'istioctl-path': join(folder, 'istioctl'),
      source: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/istio\/istio\/releases\/download\/1\.30\.2\//),
    });
    expect(result.text).toContain(`\nexport PATH=${folder}:"$PATH"`);
    expect(result.summary).toContain(
      `| istioctl | 1.30.2 | ${result.outputs.source} | \`${sha256(istioctlScript('1.30.2'))}\` |`,
    );
  });

  test('on a runner puts it on PATH for the following steps', async () => {
    const { fixture, result } = await run({
      GITHUB_ACTIONS: 'true',
      GITHUB_PATH: '<folder>/path',
      RUNNER_TOOL_CACHE: '<folder>/runner-tools',
      RUNNER_TEMP: '<folder>/runner-temp',
    });
    const folder = join(fixture.folder, 'runner-tools/istioctl/1.30.2/x64');
    expect(result.outputs['istioctl-path']).toBe(join(folder, 'istioctl'));
    expect(result.text).not.toContain('export PATH');
    expect((await readFile(join(fixture.folder, 'path'), 'utf8')).trim()).toBe(folder);
  });
});
