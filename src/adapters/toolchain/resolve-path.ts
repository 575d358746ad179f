import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { askVersion } from './ask-version.ts';
import { fileDigest } from './file-digest.ts';
import { findExecutable } from './find-executable.ts';
import { executableName } from './platform.ts';
import { knownHash } from './release-hashes.ts';
import type { Attempt, Resolver, ToolchainContext, ToolRequest } from './resolver.ts';

/**
 * The first executable of that name on PATH, when it is the version wanted. Where only locked tools are taken it must
 * be byte for byte the locked release. One that lies in the tool cache is left to it, which knows its digest.
 */
export const resolvePath: Resolver = async (context, request) => {
  const path = await findOnPath(context, request);
  if (path === undefined) return passed(`has no ${request.name}`);
  const file = await realpath(path);
  if (file.startsWith((await realpath(context.settings.toolCache).catch(() => context.settings.toolCache)) + sep)) {
    return passed(`has the tool cache's ${request.name}`);
  }
  const answer = await askVersion(context, request, path);
  if (answer.kind === 'none') return passed(`has ${path}, which does not say its version: ${answer.reason}`);
  if (answer.version !== request.version) return passed(`has ${path}, which is ${answer.version}`);
  const sha256 = await fileDigest(file);
  if (context.settings.locked && sha256 !== (await lockedExecutable(context, request))) {
    return { ...passed(`has ${path}, which is not in the lock`), why: 'unlocked' };
  }
  const { name, version } = request;
  return { kind: 'found', tool: { name, version, path, sha256, source: 'PATH' } };
};

function passed(reason: string): Attempt & { kind: 'passed' } {
  return { kind: 'passed', source: 'PATH', reason, why: 'absent' };
}

/** Locked hashes are those of releases; for an archive that says nothing about the executable inside. */
async function lockedExecutable(context: ToolchainContext, request: ToolRequest): Promise<string | undefined> {
  const release = request.definition.release?.(request.version, context.settings.platform);
  return release?.archive === 'none' ? knownHash(context, release.url) : undefined;
}

async function findOnPath({ settings }: ToolchainContext, request: ToolRequest): Promise<string | undefined> {
  return findExecutable(executableName(request.name, settings.platform), settings.searchPath);
}
