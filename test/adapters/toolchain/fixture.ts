import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createToolchain } from '../../../src/adapters/toolchain/create-toolchain.ts';
import type { Lock } from '../../../src/adapters/toolchain/lock-file.ts';
import {
  type ToolchainOverrides,
  type ToolchainSettings,
  toolchainSettings,
} from '../../../src/adapters/toolchain/toolchain-settings.ts';
import type { DeliveryError } from '../../../src/errors.ts';
import type { Reporter } from '../../../src/ports/reporter.ts';
import type { Tool, ToolName } from '../../../src/ports/toolchain.ts';

/** A machine of its own: nothing on PATH, an empty cache, and a lock that the test writes. */
export interface Fixture {
  folder: string;
  settings: ToolchainSettings;
  /** Everything that was reported, in order. */
  said: string[];
  reporter: Reporter;
  resolve(name: ToolName, version?: string): Promise<Tool>;
  /** The error of a resolution that must fail. */
  refusal(name: ToolName, version?: string): Promise<DeliveryError>;
  /** Files and links below the cache and the temporary folder. */
  leftovers(): Promise<string[]>;
}

export interface FixtureOptions extends ToolchainOverrides {
  /** Hashes in toolchain.lock.json by the URL at the release host. */
  hashes?: Record<string, string>;
  signal?: AbortSignal;
}

/** Stands for the hosts of publishers, where a test has none: nothing of a test leaves the machine. */
const nobody = 'http://127.0.0.1:1';

const packageFolder = join(import.meta.dirname, '../../..');

export async function makeFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const { hashes = {}, signal = new AbortController().signal, ...overrides } = options;
  const folder = await mkdtemp(join(tmpdir(), 'istio-delivery-toolchain-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  await writeLock(join(folder, 'root'), hashes);
  const settings = toolchainSettings(
    { PATH: '/usr/bin:/bin' },
    {
      root: join(folder, 'root'),
      home: join(folder, 'home'),
      searchPath: [],
      retryDelay: 0,
      publisher: nobody,
      platform: { os: 'linux', arch: 'amd64' },
      ...overrides,
    },
  );
  const said: string[] = [];
  const reporter = collectReports(said);
  const resolve = (name: ToolName, version?: string) =>
    createToolchain(settings, reporter, signal).resolve(name, version);
  const refusal = (name: ToolName, version?: string) =>
    resolve(name, version).then(
      (tool) => Promise.reject(new Error(`${name} was resolved from ${tool.source}`)),
      (error: DeliveryError) => error,
    );
  return { folder, settings, said, reporter, resolve, refusal, leftovers: () => filesBelow(settings) };
}

export function collectReports(said: string[]): Reporter {
  const say = (text: string) => void said.push(text);
  return { phase: (_title, run) => run(), line: say, progress: say, warning: say, secret: () => {} };
}

export async function readCommittedLock(): Promise<Lock> {
  return JSON.parse(await readFile(join(packageFolder, 'toolchain.lock.json'), 'utf8')) as Lock;
}

/** The committed lock with other hashes. */
async function writeLock(root: string, hashes: Record<string, string>): Promise<void> {
  const lock = await readCommittedLock();
  for (const tool of Object.values(lock.tools)) {
    for (const [platform, { url }] of Object.entries(tool.releases)) {
      const sha256 = hashes[url];
      const locked = { sha256, publisher: `${url}.sha256`, witness: 'none' as const, since: '2026-09-01' };
      tool.releases[platform] = sha256 === undefined ? { url } : { url, ...locked, sha256 };
    }
  }
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'toolchain.lock.json'), JSON.stringify(lock));
}

async function filesBelow({ toolCache, temporary }: ToolchainSettings): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set([toolCache, temporary])) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    found.push(
      ...entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
    );
  }
  return found;
}

export async function writeProgram(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}
