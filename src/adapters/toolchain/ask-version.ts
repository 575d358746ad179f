import { DeliveryError, messageOf } from '../../errors.ts';
import type { ToolchainContext, ToolRequest } from './resolver.ts';
import { runProgram } from './run-program.ts';

/** What an executable said when it was asked for its version. */
export type VersionAnswer = { kind: 'version'; version: string } | { kind: 'none'; reason: string };

/** Asks an executable for its version in the tool's own way. */
export async function askVersion(
  context: ToolchainContext,
  request: ToolRequest,
  path: string,
): Promise<VersionAnswer> {
  const { versionArguments, versionPattern } = request.definition;
  const { settings, signal } = context;
  try {
    const options = { environment: settings.environment, signal, timeout: 20_000 };
    const { exitCode, output, errors } = await runProgram(path, versionArguments, options);
    const version = versionPattern.exec(`${output}\n${errors}`)?.[1];
    if (version !== undefined) return { kind: 'version', version };
    const said = `${output}\n${errors}`.trim().split('\n')[0]?.slice(0, 120) ?? '';
    return { kind: 'none', reason: `exit code ${exitCode ?? 'none'}, "${said}"` };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'none', reason: messageOf(error) };
  }
}

/** Refuses an executable that runs not at all on this machine or is another version than it was taken for. */
export async function requireVersion(
  context: ToolchainContext,
  request: ToolRequest,
  executable: { path: string; source: string },
): Promise<void> {
  const answer = await askVersion(context, request, executable.path);
  if (answer.kind === 'version' && answer.version === request.version) return;
  const said =
    answer.kind === 'version' ? `it says ${answer.version}` : `it does not say its version (${answer.reason})`;
  throw new DeliveryError(
    `${request.name} from ${executable.source} was refused: ${said}, expected ${request.version}; give the right one or take it away.`,
    { code: 'WrongVersion', kind: 'refused' },
  );
}
