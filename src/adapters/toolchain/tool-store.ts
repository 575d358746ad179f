import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, find } from '@actions/tool-cache';
import { z } from 'zod';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { Tool } from '../../ports/toolchain.ts';
import { changedByOthers } from '../files/private-folder.ts';
import { requireVersion } from './ask-version.ts';
import { fileDigest } from './file-digest.ts';
import { withLibraryOutput } from './library-output.ts';
import { isNoSpace, noSpace } from './no-space.ts';
import { cacheArchitecture, executableName } from './platform.ts';
import { knownHash } from './release-hashes.ts';
import { type Attempt, formatRequest, type Resolver, type ToolchainContext, type ToolRequest } from './resolver.ts';

const originSchema = z.strictObject({
  /** Hex sha256 of the executable. */
  sha256: z.string(),
  /** Where it came from when it was kept. */
  source: z.string(),
  /** What it was checked by: `sha256:<hash of the release>` or `go:<module>@<version>`. */
  pin: z.string(),
});

/** Lies beside a kept executable and says what it is. */
export type Origin = z.infer<typeof originSchema>;

const originFile = 'origin.json';

/** The executable in the tool cache, when it still is what was put there and nothing in the lock speaks against it. */
export const resolveCached: Resolver = async (context, request) => {
  const folder = findFolder(context, request);
  if (folder === undefined) return passed(`has no ${formatRequest(request)}`, 'absent');
  const path = join(folder, executableName(request.name, context.settings.platform));
  const other = [folder, path, join(folder, originFile)].map(changedByOthers).find((reason) => reason !== undefined);
  if (other !== undefined) return passed(`has ${path}, which others may change (${other})`, 'unlocked');
  const origin = await readOrigin(folder);
  if (origin === undefined) return passed(`does not know where ${path} came from`, 'unlocked');
  const sha256 = await fileDigest(path).catch(() => undefined);
  if (sha256 !== origin.sha256) {
    context.reporter.warning(
      `${path} is not what was put into the tool cache (sha256 ${sha256 ?? 'unreadable'}): not used.`,
    );
    return passed(`has ${path}, which was changed since`, 'unlocked');
  }
  const objection = await objectionTo(origin, context, request);
  if (objection !== undefined) return passed(`has ${path}, ${objection}`, 'unlocked');
  const { name, version } = request;
  return { kind: 'found', tool: { name, version, path, sha256, source: 'tool cache' } };
};

/** Puts an executable into the tool cache, whole or not at all, once it has said that it is what is wanted. */
export async function keepTool(
  context: ToolchainContext,
  request: ToolRequest,
  made: { path: string; source: string; pin: string },
): Promise<Tool> {
  const { settings } = context;
  await chmod(made.path, 0o755);
  await requireVersion(context, request, made);
  const origin: Origin = { sha256: await fileDigest(made.path), source: made.source, pin: made.pin };
  const file = executableName(request.name, settings.platform);
  const stage = `${made.path}.kept`;
  try {
    await mkdir(stage);
    await rename(made.path, join(stage, file));
    await writeFile(join(stage, originFile), `${JSON.stringify(origin, null, 2)}\n`);
    const architecture = cacheArchitecture(settings.platform);
    const folder = await inToolCache(context, () => cacheDir(stage, request.name, request.version, architecture));
    // Whatever the umask of this run is.
    for (const each of [folder, join(folder, file)]) await chmod(each, 0o755);
    await chmod(join(folder, originFile), 0o644);
    const { name, version } = request;
    return { name, version, path: join(folder, file), sha256: origin.sha256, source: made.source };
  } catch (cause) {
    await forget(context, request);
    const subject = `Keeping ${formatRequest(request)} in the tool cache`;
    if (isNoSpace(cause)) throw noSpace(subject, settings.toolCache, messageOf(cause), cause);
    throw new DeliveryError(
      `${subject} failed: ${messageOf(cause)}; check ${settings.toolCache} or set ISTIO_DELIVERY_HOME.`,
      {
        code: 'ToolCacheFailed',
        cause,
      },
    );
  }
}

/** Lock that stands for the making of one tool in one tool cache. */
export function toolLockPath(context: ToolchainContext, request: ToolRequest): string {
  return `${toolFolder(context, request)}.lock`;
}

function toolFolder({ settings }: ToolchainContext, request: ToolRequest): string {
  return join(settings.toolCache, request.name, request.version, cacheArchitecture(settings.platform));
}

function findFolder(context: ToolchainContext, request: ToolRequest): string | undefined {
  return (
    inToolCache(context, () => find(request.name, request.version, cacheArchitecture(context.settings.platform))) ||
    undefined
  );
}

/** Calls the library, which takes its folder from the environment alone. */
function inToolCache<T>({ settings, reporter }: ToolchainContext, run: () => T): T {
  process.env.RUNNER_TOOL_CACHE = settings.toolCache;
  return withLibraryOutput(reporter.progress, run);
}

async function forget(context: ToolchainContext, request: ToolRequest): Promise<void> {
  const folder = toolFolder(context, request);
  await rm(`${folder}.complete`, { force: true });
  await rm(folder, { recursive: true, force: true });
}

async function readOrigin(folder: string): Promise<Origin | undefined> {
  try {
    return originSchema.parse(JSON.parse(await readFile(join(folder, originFile), 'utf8')));
  } catch {
    return undefined;
  }
}

/** What the lock says against a kept tool. */
async function objectionTo(
  origin: Origin,
  context: ToolchainContext,
  request: ToolRequest,
): Promise<string | undefined> {
  const { lock, settings } = context;
  const url = request.definition.release?.(request.version, settings.platform)?.url;
  const hash = url === undefined ? undefined : await knownHash(context, url);
  const pinned = lock.tools[request.name];
  const build = pinned.version === request.version ? `go:${pinned.module}` : undefined;
  if (origin.pin === build || (hash !== undefined && origin.pin === `sha256:${hash}`)) return undefined;
  return hash === undefined ? 'which nothing locks' : 'which is not the locked one';
}

function passed(reason: string, why: 'absent' | 'unlocked'): Attempt {
  return { kind: 'passed', source: 'tool cache', reason, why };
}
