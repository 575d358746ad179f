// Refreshes toolchain.lock.json, and with `<tool>=<version>` also the go.mod and go.sum below toolchain/:
//
//   npm run lock                        hashes of the releases of the pinned versions
//   npm run lock -- istioctl=1.31.1     moves istioctl, and every tool of the same go.mod, to another version first
//
// A hash is the one that the publisher names beside the release (for kwok, which names none, the digest that GitHub's API
// gives for the asset). Where a witness has it too, its repository, path and commit stand beside it. When publisher,
// witnesses and the lock before do not agree, or one of them answers with something else than a hash, all of that is
// named and nothing is written. Where nobody can be reached the release stays as it was: nothing is made up.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHostReach } from '../src/adapters/toolchain/host-reach.ts';
import { type Lock, lockFileName, lockSchema } from '../src/adapters/toolchain/lock-file.ts';
import { packageRoot } from '../src/adapters/toolchain/package-root.ts';
import { requiredVersion } from '../src/adapters/toolchain/resolve-build.ts';
import { toolDefinitions } from '../src/adapters/toolchain/tool-definitions.ts';
import { messageOf } from '../src/errors.ts';
import { type ToolName, toolNames } from '../src/ports/toolchain.ts';
import { type LockRelease, releaseLocker } from './lock-release.ts';
import { type Releases, readReleases } from './read-releases.ts';

const about = [
  'The version of every external program, the Go module it is built from, and the releases it is downloaded from.',
  'A release with a sha256 is locked: nothing else is accepted from its URL or a mirror of it. `publisher` is where its',
  'publisher names that hash, `witness` where somebody else wrote it down, and one of them may be none. A release without a',
  'sha256 is taken only by a lock file of the caller or with trust-published, and otherwise built from source. Go builds are',
  'locked by toolchain/*/go.sum. Written by `npm run lock`, which fills the hashes in.',
];

const root = packageRoot();
const lockPath = join(root, lockFileName);

function readOldLock(): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(lockPath, 'utf8')));
  } catch {
    return undefined;
  }
}

function wantedVersions(args: readonly string[], old: Lock | undefined): Record<ToolName, string> {
  const versions = new Map<string, string>(toolNames.map((name) => [name, old?.tools[name].version ?? '']));
  for (const argument of args) {
    const [name = '', version = ''] = argument.split('=');
    const moved = toolDefinitions[name as ToolName]?.build.folder;
    if (moved === undefined || version === '') throw new Error(`${argument} is not <tool>=<version>`);
    for (const tool of toolNames) if (toolDefinitions[tool].build.folder === moved) versions.set(tool, version);
  }
  const missing = toolNames.filter((name) => versions.get(name) === '');
  if (missing.length > 0) throw new Error(`no version for ${missing.join(', ')}: give <tool>=<version>`);
  return Object.fromEntries(versions) as Record<ToolName, string>;
}

/**
 * Makes the go.mod and go.sum of a tool anew, so that nothing newer than the tool's own requirements stays behind. Tags
 * of istio/istio have no `v`: Go then takes the commit as a pseudo-version.
 */
function moveModule(name: ToolName, version: string): void {
  const { folder, module } = toolDefinitions[name].build;
  const cwd = join(root, 'toolchain', folder);
  const go = (...args: string[]) =>
    execFileSync('go', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const query = folder === 'istio' ? version : `v${version}`;
  const goVersion = /^go \S+$/m.exec(readFileSync(join(cwd, 'go.mod'), 'utf8'))?.[0] ?? '';
  const head = `module istio-delivery/toolchain/${folder}\n\n${goVersion}\n`;
  writeFileSync(join(cwd, 'go.mod'), head);
  rmSync(join(cwd, 'go.sum'), { force: true });
  if (folder === 'kubernetes') {
    // Its own go.mod replaces its parts by folders of its repository; as a dependency it needs their published modules.
    const { GoMod } = JSON.parse(go('mod', 'download', '-json', `${module}@${query}`)) as { GoMod: string };
    const parts = [...readFileSync(GoMod, 'utf8').matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\//gm)];
    const partVersion = `v0.${version.split('.').slice(1).join('.')}`;
    const lines = parts.map(([, path]) => `\t${path} => ${path} ${partVersion}`);
    writeFileSync(join(cwd, 'go.mod'), `${head}\nreplace (\n${lines.join('\n')}\n)\n`);
  }
  const tools = toolNames.filter((tool) => toolDefinitions[tool].build.folder === folder);
  go('get', '-tool', ...tools.map((tool) => `${toolDefinitions[tool].build.package}@${query}`));
  go('mod', 'tidy');
}

function lockTool(name: ToolName, version: string, releases: Releases): Lock['tools'][ToolName] {
  const { build } = toolDefinitions[name];
  const goMod = readFileSync(join(root, 'toolchain', build.folder, 'go.mod'), 'utf8');
  return { version, module: `${build.module}@${requiredVersion(goMod, build.module) ?? ''}`, releases };
}

function locker(): LockRelease {
  const [api, raw] = ['https://api.github.com', 'https://raw.githubusercontent.com'];
  const token = process.env.GITHUB_TOKEN || undefined;
  const lookAt = createHostReach(3_000);
  const signal = AbortSignal.timeout(10 * 60_000);
  const today = new Date().toISOString().slice(0, 10);
  return releaseLocker({ publisher: undefined, api, raw, token, lookAt, signal }, today);
}

async function main(): Promise<void> {
  const old = readOldLock();
  const versions = wantedVersions(process.argv.slice(2), old);
  const releases = await readReleases(versions, old, locker());
  const folders = new Set<string>();
  for (const name of toolNames) {
    const { folder } = toolDefinitions[name].build;
    if (old?.tools[name].version === versions[name] || old === undefined || folders.has(folder)) continue;
    folders.add(folder);
    moveModule(name, versions[name]);
  }
  const tools = Object.fromEntries(toolNames.map((name) => [name, lockTool(name, versions[name], releases[name])]));
  for (const release of toolNames.flatMap((name) => Object.values(releases[name]))) {
    if (!('sha256' in release)) console.error(`${release.url}: no hash`);
  }
  writeFileSync(lockPath, `${JSON.stringify(lockSchema.parse({ about, tools }), null, 2)}\n`);
}

await main().catch((error) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
