import { valid } from 'semver';
import { DeliveryError } from '../../errors.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Tool, Toolchain, ToolName } from '../../ports/toolchain.ts';
import { withLock } from '../files/with-lock.ts';
import { createHostReach, type LookAt } from './host-reach.ts';
import { readLock } from './lock-file.ts';
import { resolveBuild } from './resolve-build.ts';
import { resolveExplicit } from './resolve-explicit.ts';
import { resolvePath } from './resolve-path.ts';
import { resolveRelease } from './resolve-release.ts';
import { buildFolder, formatRequest, type Resolver, type ToolchainContext, type ToolRequest } from './resolver.ts';
import { toolDefinitions } from './tool-definitions.ts';
import { resolveCached, toolLockPath } from './tool-store.ts';
import type { ToolchainSettings } from './toolchain-settings.ts';
import { type Passed, unavailableTool } from './unavailable-tool.ts';

/**
 * The toolchain of one run: explicit path, then PATH at the right version, the tool cache, the release or its mirror,
 * and last a Go build. Nothing is taken that a lock, a go.sum or the caller's own word does not stand for.
 */
export function createToolchain(settings: ToolchainSettings, reporter: Reporter, signal: AbortSignal): Toolchain {
  const lookAt = hostReach(settings.mirror === undefined ? 3_000 : 10_000);
  const lock = readLock(settings.root);
  lock.catch(() => {});
  const resolving = new Map<string, Promise<Tool>>();

  async function resolveOnce(name: ToolName, version: string | undefined): Promise<Tool> {
    const context: ToolchainContext = { settings, reporter, signal, lookAt, lock: await lock };
    const wanted = version === undefined ? context.lock.tools[name].version : exactVersion(name, version);
    const request: ToolRequest = { name, version: wanted, definition: toolDefinitions[name] };
    const key = formatRequest(request);
    const known = resolving.get(key);
    if (known !== undefined) return known;
    const resolution = resolveTool(context, request);
    resolving.set(key, resolution);
    resolution.catch(() => resolving.delete(key));
    return resolution;
  }

  return { resolve: resolveOnce };
}

/** A host that did not answer is remembered for the process, however many toolchains it makes. */
const hostReaches = new Map<number, LookAt>();

function hostReach(timeout: number): LookAt {
  const lookAt = hostReaches.get(timeout) ?? createHostReach(timeout);
  hostReaches.set(timeout, lookAt);
  return lookAt;
}

function exactVersion(name: ToolName, version: string): string {
  const exact = valid(version);
  if (exact !== null) return exact;
  throw new DeliveryError(`${name} ${version} is no exact version; give one such as 1.31.0.`, {
    code: 'VersionNotExact',
    kind: 'usage',
  });
}

async function resolveTool(context: ToolchainContext, request: ToolRequest): Promise<Tool> {
  const passed: Passed[] = [];
  const ready =
    (await firstOf([resolveExplicit, resolvePath, resolveCached], context, request, passed)) ??
    (await makeTool(context, request, passed));
  if (ready === undefined) throw unavailableTool(context, request, passed);
  context.reporter.line(`${formatRequest(request)} from ${ready.source} (sha256 ${ready.sha256.slice(0, 12)})`);
  return ready;
}

async function firstOf(
  resolvers: readonly Resolver[],
  context: ToolchainContext,
  request: ToolRequest,
  passed: Passed[],
): Promise<Tool | undefined> {
  for (const resolve of resolvers) {
    context.signal.throwIfAborted();
    const attempt = await resolve(context, request);
    if (attempt.kind === 'found') return attempt.tool;
    passed.push(attempt);
  }
  return undefined;
}

/** Downloads or builds into the tool cache; whoever comes second waits and then finds it there. */
async function makeTool(context: ToolchainContext, request: ToolRequest, passed: Passed[]): Promise<Tool | undefined> {
  const { reporter, signal } = context;
  const onWait = () => reporter.progress(`${formatRequest(request)}: waiting for another run that is getting it`);
  return withLock(toolLockPath(context, request), { signal, onWait }, async () => {
    const tool =
      (await firstOf([resolveCached], context, request, [])) ??
      (await firstOf([resolveRelease], context, request, passed));
    if (tool !== undefined) return tool;
    const refusal = passed.at(-1);
    if (refusal !== undefined && refusal.why !== 'absent' && canBuild(context, request)) {
      reporter.line(
        `${formatRequest(request)}: ${refusal.source} ${refusal.reason}; building it from ${buildFolder(request)}`,
      );
    }
    return firstOf([resolveBuild], context, request, passed);
  });
}

function canBuild({ lock }: ToolchainContext, request: ToolRequest): boolean {
  return lock.tools[request.name].version === request.version;
}
