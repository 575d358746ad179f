import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ToolchainSettings } from '../../../src/adapters/toolchain/toolchain-settings.ts';
import type { Tool } from '../../../src/ports/toolchain.ts';
import { runProcess } from '../../support/run-process.ts';
import { istioctlScript, sha256, tarGz } from './archives.ts';
import { makeFixture } from './fixture.ts';
import { writeIstioModule } from './istio-module.ts';
import { closedPort, startReleaseServer } from './release-server.ts';

const path = '/istio/istio/releases/download/1.31.0/istioctl-1.31.0-linux-amd64.tar.gz';

interface Run {
  tool: Tool;
  said: string[];
}

async function runAtOnce(settings: ToolchainSettings, count: number): Promise<Run[]> {
  const meeting = await mkdtemp(join(tmpdir(), 'istio-delivery-meeting-'));
  onTestFinished(() => rm(meeting, { recursive: true }));
  const entry = join(import.meta.dirname, 'resolve-in-process.ts');
  const args = [entry, JSON.stringify(settings), meeting, String(count)];
  const runs = await Promise.all(Array.from({ length: count }, () => runProcess(args)));
  return runs.map(({ stdout, stderr, code }) => {
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return JSON.parse(stdout) as Run;
  });
}

test('processes that share a cache download a tool once and all run the same executable', async () => {
  const noise = Array.from({ length: 200_000 }, (_, index) => `# ${index}`).join('\n');
  const script = `${istioctlScript('1.31.0')}exit\n${noise}`;
  const archive = await tarGz([{ name: 'istioctl', content: script }]);
  const server = await startReleaseServer({ [path]: { body: archive } });
  const fixture = await makeFixture({ mirror: server.url, hashes: { [`https://github.com${path}`]: sha256(archive) } });
  const runs = await runAtOnce(fixture.settings, 4);
  expect(server.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
  expect(new Set(runs.map(({ tool }) => tool.path)).size).toBe(1);
  expect(new Set(runs.map(({ tool }) => tool.sha256))).toEqual(new Set([sha256(script)]));
  expect(runs.map(({ tool }) => tool.source).sort()).toEqual([
    `${server.url}${path}`,
    'tool cache',
    'tool cache',
    'tool cache',
  ]);
  expect(await readdir(fixture.settings.temporary)).toEqual([]);
  expect((await readdir(join(fixture.settings.toolCache, 'istioctl/1.31.0'))).sort()).toEqual(['x64', 'x64.complete']);
});

test('processes that share a cache build a tool once: the second waits and says so', async () => {
  const go = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  const fixture = await makeFixture({
    mirror: await closedPort(),
    searchPath: [join(go, 'bin')],
    environment: process.env,
  });
  await writeIstioModule(fixture.settings.root);
  const runs = await runAtOnce(fixture.settings, 2);
  expect(runs.map(({ tool }) => tool.source).sort()).toEqual(['go build toolchain/istio', 'tool cache']);
  expect(runs[0]?.tool.sha256).toBe(runs[1]?.tool.sha256);
  const waiting = runs.find(({ tool }) => tool.source === 'tool cache');
  expect(waiting?.said.join('\n')).toContain('istioctl 1.31.0: waiting for another run that is getting it');
  expect(await readdir(fixture.settings.temporary)).toEqual([]);
});
