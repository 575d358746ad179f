import { DeliveryError } from '../../errors.ts';
import { formatPlatform } from './platform.ts';
import { type Attempt, buildFolder, formatRequest, type ToolchainContext, type ToolRequest } from './resolver.ts';
import { explicitPathVariable } from './toolchain-settings.ts';

/** What every source said of a tool that none of them gave. */
export type Passed = Attempt & { kind: 'passed' };

/** The error for a tool that no source gave: what each said, and every way that would help. */
export function unavailableTool(
  context: ToolchainContext,
  request: ToolRequest,
  passed: readonly Passed[],
): DeliveryError {
  const tried = passed.map(({ source, reason }) => `  ${source} ${reason}`);
  const unsupported = passed.some(({ why }) => why === 'unsupported');
  const unlocked = passed.some(({ why }) => why === 'unlocked');
  const lines = [
    `${formatRequest(request)} for ${formatPlatform(context.settings.platform)} is not available:`,
    ...tried,
    'Any one of these helps:',
    ...remedies(context, request, unlocked).map((remedy) => `  - ${remedy}`),
  ];
  return new DeliveryError(lines.join('\n'), {
    code: unsupported ? 'UnsupportedPlatform' : unlocked ? 'ToolUnlocked' : 'ToolUnavailable',
    ...(unlocked ? { kind: 'refused' as const } : {}),
    retryable: passed.some(({ why }) => why === 'unreachable'),
  });
}

function remedies(context: ToolchainContext, request: ToolRequest, unlocked: boolean): string[] {
  const { settings, lock } = context;
  const release = request.definition.release?.(request.version, settings.platform);
  const pinned = lock.tools[request.name].version;
  const ways: string[] = [];
  if (unlocked && release !== undefined) {
    const line = `"${release.url}": "<sha256>"`;
    const file = settings.lockFile ?? 'a lock file of yours, named by lock-file (ISTIO_DELIVERY_LOCK)';
    ways.push(`add the sha256 that you have checked to "releases" of ${file}: ${line}`);
    if (release.checksumUrl !== undefined && !settings.locked) {
      if (settings.lockFile === undefined)
        ways.push('give lock-file: what is published is recorded there on first use');
      ways.push('give trust-published: true (ISTIO_DELIVERY_TRUST_PUBLISHED=true): what is published is enough');
    }
  }
  if (!unlocked && release !== undefined) ways.push('give a mirror that can be reached');
  ways.push(
    pinned === request.version
      ? `put Go on PATH: it builds ${buildFolder(request)}`
      : `take ${request.name} ${pinned}, which toolchain.lock.json names`,
  );
  const named = `name one that you have with ${explicitPathVariable(request.name)}`;
  ways.push(settings.locked ? named : `put ${formatRequest(request)} on PATH, or ${named}`);
  return ways;
}
