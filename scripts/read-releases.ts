import type { Lock } from '../src/adapters/toolchain/lock-file.ts';
import { formatPlatform } from '../src/adapters/toolchain/platform.ts';
import { toolDefinitions } from '../src/adapters/toolchain/tool-definitions.ts';
import { type ToolName, toolNames } from '../src/ports/toolchain.ts';
import type { LockRelease } from './lock-release.ts';

/** Of one tool, by platform. */
export type Releases = Lock['tools'][ToolName]['releases'];

const platforms = ['linux', 'darwin', 'windows'].flatMap((os) => ['amd64', 'arm64'].map((arch) => ({ os, arch })));

/** Every release of every tool at its version. Throws with all problems at once, so that nothing is written then. */
export async function readReleases(
  versions: Record<ToolName, string>,
  old: Lock | undefined,
  lockRelease: LockRelease,
): Promise<Record<ToolName, Releases>> {
  const problems: string[] = [];
  const found = Object.fromEntries(toolNames.map((name): [ToolName, Releases] => [name, {}]));
  for (const name of toolNames) {
    const version = versions[name];
    for (const platform of platforms) {
      const release = toolDefinitions[name].release?.(version, platform);
      if (release === undefined) continue;
      const key = formatPlatform(platform);
      const answer = await lockRelease({ ...release, ...platform, name, version }, old?.tools[name].releases[key]);
      if (answer.kind === 'problems') problems.push(...answer.reasons);
      else found[name] = { ...found[name], [key]: answer.release };
    }
  }
  if (problems.length === 0) return found as Record<ToolName, Releases>;
  throw new Error(`toolchain.lock.json was not written:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}
