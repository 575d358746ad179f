import type { Reporter } from '../../ports/reporter.ts';
import type { Tool, ToolName } from '../../ports/toolchain.ts';
import type { LookAt } from './host-reach.ts';
import type { Lock } from './lock-file.ts';
import type { ToolDefinition } from './tool-definitions.ts';
import type { ToolchainSettings } from './toolchain-settings.ts';

/** One version of one tool that is wanted. */
export interface ToolRequest {
  name: ToolName;
  /** Exact, without a leading `v`. */
  version: string;
  definition: ToolDefinition;
}

/** What every resolver works with. */
export interface ToolchainContext {
  settings: ToolchainSettings;
  lock: Lock;
  reporter: Reporter;
  signal: AbortSignal;
  lookAt: LookAt;
}

/** What one source had to say. A source that has the tool but may not give it throws instead. */
export type Attempt =
  | { kind: 'found'; tool: Tool }
  | { kind: 'passed'; source: string; reason: string; why: 'absent' | 'unsupported' | 'unreachable' | 'unlocked' };

export type Resolver = (context: ToolchainContext, request: ToolRequest) => Promise<Attempt>;

export function formatRequest(request: ToolRequest): string {
  return `${request.name} ${request.version}`;
}

/** The folders below ours are named as a person finds them again: `toolchain/istio`. */
export function buildFolder(request: ToolRequest): string {
  return `toolchain/${request.definition.build.folder}`;
}
