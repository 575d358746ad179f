import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Docker } from '../../../src/adapters/docker/docker.ts';
import type { ImagePreload } from '../../../src/adapters/kind/kind-options.ts';
import { preloadImages } from '../../../src/adapters/kind/preload-images.ts';
import { inFolder } from '../../support/folders.ts';
import { kindContextIn } from '../../support/kind-context.ts';

const digest = `sha256:${'a'.repeat(64)}`;

interface Engine {
  /** Images that each node has, by containerd's names. */
  nodes: Record<string, string[]>;
  /** Images that the engine has. */
  has: string[];
  /** What pulling an image ends with, where it does not end well. */
  refusals?: Record<string, string[]>;
}

/** A Docker engine that remembers what was asked of it. */
function engine({ nodes, has, refusals = {} }: Engine): Docker & { calls: string[] } {
  const calls: string[] = [];
  const answer = (args: readonly string[]): { exitCode: number; output: string; errors: string } => {
    const [verb, ...rest] = args;
    const last = rest.at(-1) ?? '';
    if (verb === 'ps') {
      return {
        exitCode: 0,
        output: Object.keys(nodes)
          .map((name) => `${name}\tworker\trunning`)
          .join('\n'),
        errors: '',
      };
    }
    if (verb === 'exec') return { exitCode: 0, output: nodes[rest[0] ?? '']?.join('\n') ?? '', errors: '' };
    if (verb === 'image') return { exitCode: has.includes(last) ? 0 : 1, output: '', errors: '' };
    calls.push([verb, ...rest.filter((word) => !word.startsWith('--'))].join(' '));
    const refusal = verb === 'pull' ? refusals[last]?.shift() : undefined;
    return { exitCode: refusal === undefined ? 0 : 1, output: '', errors: refusal ?? '' };
  };
  return { calls, attempt: async (args) => answer(args), run: async (args) => answer(args).output };
}

/** Preloads with a kind that only writes down what it is told; its lines. */
async function preload(preloaded: Partial<ImagePreload>, docker: Docker): Promise<string[]> {
  return inFolder(async (home) => {
    const [kind, log] = [join(home, 'kind-program'), join(home, 'log')];
    writeFileSync(kind, `#!/bin/sh\necho "$@" >> ${log}\n`);
    chmodSync(kind, 0o755);
    const context = kindContextIn(home);
    const toolchain = {
      resolve: async () => ({ name: 'kind', version: '0', path: kind, sha256: '', source: '' }) as const,
    };
    // Time is nothing that these tests are about.
    const clock = { now: () => new Date(), monotonic: () => 0, sleep: async () => {} };
    await preloadImages('dev', { names: [], archives: [], ...preloaded }, docker, { ...context, toolchain, clock });
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  });
}

test('what every node has is left alone, however it is written', async () => {
  const there = ['docker.io/istio/pilot:1.31.0', 'docker.io/library/busybox:latest'];
  const docker = engine({ nodes: { one: there, two: there }, has: [] });
  expect(await preload({ names: ['istio/pilot:1.31.0', 'busybox', 'docker.io/istio/pilot:1.31.0'] }, docker)).toEqual(
    [],
  );
  expect(docker.calls).toEqual([]);
});

test('what one node lacks is pulled where the engine lacks it too, and loaded at once', async () => {
  const docker = engine({ nodes: { one: ['docker.io/a/b:1'], two: [] }, has: ['a/b:1'] });
  expect(await preload({ names: ['a/b:1', 'c/d:2'] }, docker)).toEqual(['load docker-image a/b:1 c/d:2 --name dev']);
  expect(docker.calls).toEqual(['pull c/d:2']);
});

test('an image of a mirror keeps its own name', async () => {
  const docker = engine({ nodes: { one: [] }, has: [] });
  expect(await preload({ names: ['gcr.io/x/y:1'], mirror: 'm.example/proxy' }, docker)).toEqual([
    'load docker-image gcr.io/x/y:1 --name dev',
  ]);
  expect(docker.calls).toEqual(['pull m.example/proxy/x/y:1', 'tag m.example/proxy/x/y:1 gcr.io/x/y:1']);
});

test('archives are loaded, and images by digest are left to the nodes', async () => {
  const docker = engine({ nodes: { one: [] }, has: [] });
  expect(await preload({ names: [`a/b@${digest}`], archives: ['/a.tar', '/b.tar'] }, docker)).toEqual([
    'load image-archive /a.tar --name dev',
    'load image-archive /b.tar --name dev',
  ]);
  expect(docker.calls).toEqual([]);
});

test('an optional image that cannot be pulled is left to the nodes, and the others are loaded', async () => {
  const docker = engine({ nodes: { one: [] }, has: [], refusals: { 'a/b:1': ['manifest unknown'] } });
  expect(await preload({ names: ['c/d:2'], optional: ['a/b:1'] }, docker)).toEqual([
    'load docker-image c/d:2 --name dev',
  ]);
});

test('a pull that breaks is repeated', async () => {
  const docker = engine({ nodes: { one: [] }, has: [], refusals: { 'a/b:1': ['unexpected EOF', 'i/o timeout'] } });
  expect(await preload({ names: ['a/b:1'] }, docker)).toEqual(['load docker-image a/b:1 --name dev']);
  expect(docker.calls).toEqual(['pull a/b:1', 'pull a/b:1', 'pull a/b:1']);
});

test.each([
  ['does not exist', ['manifest for a/b:1 not found: manifest unknown'], 'ImageMissing', 'correct its name'],
  [
    'is kept from this machine',
    ['unauthorized: authentication required'],
    'ImageUnavailable',
    'log in to its registry',
  ],
  [
    'cannot be reached',
    ['i/o timeout', 'i/o timeout', 'i/o timeout'],
    'ImageUnavailable',
    'see whether this machine reaches its registry',
  ],
])('an image that %s is an error with its cure', async (_what, refusals, code, cure) => {
  const docker = engine({ nodes: { one: [] }, has: [], refusals: { 'a/b:1': [...refusals] } });
  await expect(preload({ names: ['a/b:1'] }, docker)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`image a/b:1 cannot be pulled: ${refusals.at(-1)}; ${cure}`),
  });
  expect(docker.calls).toHaveLength(refusals.length);
});
