import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { withLock } from '../files/with-lock.ts';
import { findExecutable } from './find-executable.ts';
import { noSpace } from './no-space.ts';
import { executableName } from './platform.ts';
import {
  type Attempt,
  buildFolder,
  formatRequest,
  type Resolver,
  type ToolchainContext,
  type ToolRequest,
} from './resolver.ts';
import { runProgram } from './run-program.ts';
import { inTemporaryFolder } from './temporary-folder.ts';
import { keepTool } from './tool-store.ts';

/** Builds the tool from the Go modules that its committed go.mod and go.sum pin, where these pin the version wanted. */
export const resolveBuild: Resolver = async (context, request) => {
  const { lock, settings } = context;
  const source = `go build ${buildFolder(request)}`;
  const passed = (reason: string): Attempt => ({ kind: 'passed', source, reason, why: 'absent' });
  const pinned = lock.tools[request.name];
  if (pinned.version !== request.version) return passed(`makes ${pinned.version} alone`);
  const go = await findExecutable(executableName('go', settings.platform), settings.searchPath);
  if (go === undefined) return passed('needs Go on PATH, which is not there');
  const goMod = await readFile(join(settings.root, buildFolder(request), 'go.mod'), 'utf8').catch(() => undefined);
  if (goMod === undefined) return passed(`needs ${buildFolder(request)} in ${settings.root}, which is not there`);
  requireSamePin(request, pinned.module, goMod);
  const tool = await inTemporaryFolder(context, request, async (folder) => {
    const path = join(folder, executableName(request.name, settings.platform));
    await build(context, request, { go, path, args: buildArguments(request, goMod, path) });
    return keepTool(context, request, { path, source, pin: `go:${pinned.module}` });
  });
  return { kind: 'found', tool };
};

/** Arguments of `go` that build the tool to a path; the same ones every time, so that Go's own cache answers. */
export function buildArguments(request: ToolRequest, goMod: string, path: string): string[] {
  const { build } = request.definition;
  const requires = (module: string) => requiredVersion(goMod, module);
  const stamps = build.stamps({ version: request.version, moduleVersion: requires(build.module) ?? '', requires });
  const flags = ['-s', '-w', ...Object.entries(stamps).flatMap(([name, value]) => ['-X', `${name}=${value}`])];
  const tags = build.tags.length === 0 ? [] : ['-tags', build.tags.join(',')];
  return ['build', '-v', '-trimpath', ...tags, '-ldflags', flags.join(' '), '-o', path, build.package];
}

/** The version that a go.mod requires of a module. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  const line = goMod.split('\n').find((text) =>
    text
      .replace(/^\s*require\s/, '')
      .trim()
      .startsWith(`${module} v`),
  );
  return line
    ?.trim()
    .replace(/^require\s+/, '')
    .split(/\s+/)[1];
}

/** The lock names the module version so that one look at it tells what is built; it must not tell a lie. */
function requireSamePin(request: ToolRequest, pinned: string, goMod: string): void {
  const { module } = request.definition.build;
  const required = `${module}@${requiredVersion(goMod, module) ?? 'nothing'}`;
  if (required === pinned) return;
  throw new DeliveryError(
    `${formatRequest(request)} cannot be built: ${buildFolder(request)}/go.mod requires ${required}, the lock says ${pinned}; run npm run lock.`,
    { code: 'LockOutOfStep' },
  );
}

interface Build {
  go: string;
  args: string[];
  path: string;
}

/** One build at a time on a machine: two would compile what they share twice. */
async function build(context: ToolchainContext, request: ToolRequest, { go, args }: Build): Promise<void> {
  const { settings, signal, reporter } = context;
  const title = formatRequest(request);
  const onWait = () => reporter.progress(`${title}: waiting for another Go build to end`);
  await withLock(join(settings.toolCache, 'go-build.lock'), { signal, onWait }, async () => {
    const started = Date.now();
    let last = 'loading packages';
    const say = () =>
      reporter.progress(
        `${title}: go build ${buildFolder(request)}, ${Math.round((Date.now() - started) / 1000)} s, ${last}`,
      );
    const ticking = setInterval(say, 1_000);
    say();
    try {
      const { exitCode, errors } = await runProgram(go, args, {
        environment: { ...settings.environment, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
        folder: join(settings.root, buildFolder(request)),
        signal,
        onErrorLine: (line) => {
          last = line.trim();
        },
      });
      if (exitCode !== 0) throw buildFailed(context, request, errors);
    } finally {
      clearInterval(ticking);
    }
  });
}

function buildFailed({ settings }: ToolchainContext, request: ToolRequest, errors: string): DeliveryError {
  const subject = `go build of ${formatRequest(request)}`;
  if (/no space left on device|disk quota exceeded/i.test(errors))
    return noSpace(subject, settings.temporary, 'go build');
  const said = errors
    .split('\n')
    .filter((line) => !/^(go: downloading .*|[\w.-]+(\/[\w.-]+)*)$/.test(line))
    .slice(-8)
    .join('\n');
  return new DeliveryError(
    `${subject} failed in ${buildFolder(request)}:\n${said}\nCheck that Go's module proxy (GOPROXY) can be reached.`,
    { code: 'BuildFailed', retryable: true },
  );
}
