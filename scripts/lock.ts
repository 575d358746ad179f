// Refreshes toolchain.lock.json, and with `<tool>=<version>` also the go.mod and go.sum below toolchain/:
//
//   npm run lock                        hashes of the releases of the pinned versions
//   npm run lock -- istioctl=1.31.1     moves istioctl, and every tool of the same go.mod, to another version first
//
// A hash is the one published beside the release (for kwok, which publishes none, the digest that GitHub's API gives
// for the asset). Where a host cannot be reached the release stays without a hash, or with the one it had at the same
// version: nothing is made up, and such a release is not locked.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchText } from '../src/adapters/toolchain/fetch-text.ts';
import { createHostReach } from '../src/adapters/toolchain/host-reach.ts';
import { type Lock, lockFileName, lockSchema } from '../src/adapters/toolchain/lock-file.ts';
import { packageRoot } from '../src/adapters/toolchain/package-root.ts';
import { formatPlatform } from '../src/adapters/toolchain/platform.ts';
import { fetchPublishedHash } from '../src/adapters/toolchain/published-hash.ts';
import type { Release } from '../src/adapters/toolchain/releases.ts';
import { requiredVersion } from '../src/adapters/toolchain/resolve-build.ts';
import { toolDefinitions } from '../src/adapters/toolchain/tool-definitions.ts';
import { messageOf } from '../src/errors.ts';
import { type ToolName, toolNames } from '../src/ports/toolchain.ts';

const platforms = ['linux', 'darwin', 'windows'].flatMap((os) => ['amd64', 'arm64'].map((arch) => ({ os, arch })));

const about = [
  'The version of every external program, the Go module it is built from, and the releases it is downloaded from.',
  'A release with a sha256 is locked: nothing else is accepted from its URL or a mirror of it. A release without one is',
  'not: it is checked against the published checksum and recorded by the run that takes it, and refused where only locked',
  'ones are taken. Go builds are locked by toolchain/*/go.sum. Written by `npm run lock`, which fills the hashes in.',
];

const root = packageRoot();
const lockPath = join(root, lockFileName);
const lookAt = createHostReach(3_000);
const signal = AbortSignal.timeout(10 * 60_000);

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

async function releaseHash(release: Release): Promise<string | undefined> {
  const first = release.checksumUrl ?? githubApiUrl(release.url);
  const reach = await lookAt(first);
  if (reach.kind === 'unreachable') return undefined;
  return release.checksumUrl === undefined
    ? assetDigest(release.url)
    : fetchPublishedHash(release.checksumUrl, release.url, signal);
}

function githubApiUrl(url: string): string {
  const [, owner, repository, , , tag] = new URL(url).pathname.split('/');
  return `https://api.github.com/repos/${owner}/${repository}/releases/tags/${tag}`;
}

async function assetDigest(url: string): Promise<string | undefined> {
  const { status, text } = await fetchText(githubApiUrl(url), { limit: 4_000_000, signal });
  if (status !== 200) throw new Error(`${githubApiUrl(url)} answered ${status}`);
  const { assets } = JSON.parse(text) as { assets: { browser_download_url: string; digest?: string | null }[] };
  return assets.find((asset) => asset.browser_download_url === url)?.digest?.replace(/^sha256:/, '');
}

async function lockTool(name: ToolName, version: string, old: Lock | undefined): Promise<Lock['tools'][ToolName]> {
  const { release: findRelease, build } = toolDefinitions[name];
  const goMod = readFileSync(join(root, 'toolchain', build.folder, 'go.mod'), 'utf8');
  const releases: Lock['tools'][ToolName]['releases'] = {};
  for (const platform of platforms) {
    const release = findRelease?.(version, platform);
    if (release === undefined) continue;
    const key = formatPlatform(platform);
    const before = old?.tools[name].releases[key];
    const known = before?.url === release.url ? before.sha256 : undefined;
    const published = await releaseHash(release).catch((error) => {
      console.error(`${release.url}: ${messageOf(error)}`);
      return undefined;
    });
    if (known !== undefined && published !== undefined && known !== published) {
      throw new Error(`${release.url} was locked as ${known} and is now published as ${published}: find out why first`);
    }
    const sha256 = known ?? published;
    if (sha256 === undefined) console.error(`${release.url}: no hash`);
    releases[key] = { url: release.url, ...(sha256 === undefined ? {} : { sha256 }) };
  }
  return { version, module: `${build.module}@${requiredVersion(goMod, build.module) ?? ''}`, releases };
}

const old = readOldLock();
const versions = wantedVersions(process.argv.slice(2), old);
const folders = new Set<string>();
for (const name of toolNames) {
  const { folder } = toolDefinitions[name].build;
  if (old?.tools[name].version === versions[name] || old === undefined || folders.has(folder)) continue;
  folders.add(folder);
  moveModule(name, versions[name]);
}
const tools: Partial<Lock['tools']> = {};
for (const name of toolNames) tools[name] = await lockTool(name, versions[name], old);
writeFileSync(lockPath, `${JSON.stringify(lockSchema.parse({ about, tools }), null, 2)}\n`);
