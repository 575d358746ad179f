import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

export const root = join(import.meta.dirname, '../..');

export interface WorkflowStep {
  id?: string;
  name?: string;
  if?: string;
  env?: Record<string, unknown>;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

export interface WorkflowJob {
  uses?: string;
  needs?: string | string[];
  if?: string;
  with?: Record<string, unknown>;
  secrets?: Record<string, unknown> | 'inherit';
  steps?: WorkflowStep[];
  outputs?: Record<string, unknown>;
  permissions?: Record<string, string>;
  concurrency?: Record<string, unknown>;
  environment?: unknown;
  strategy?: { matrix?: Record<string, string> };
  'timeout-minutes'?: number;
}

export interface Workflow {
  on: {
    workflow_call?: { inputs?: Parameters; secrets?: Parameters; outputs?: Record<string, { value: string }> };
    workflow_dispatch?: { inputs?: Parameters } | null;
  };
  permissions?: unknown;
  concurrency?: unknown;
  jobs: Record<string, WorkflowJob>;
}

/** What an action or a reusable workflow takes. */
export type Parameters = Record<
  string,
  { required?: boolean; default?: unknown; description?: string; options?: string[] }
>;

export function readYaml<T>(path: string): T {
  return load(readFileSync(join(root, path), 'utf8')) as T;
}

/** Path in this repository of what a `uses` names, or undefined when it is somebody else's. */
export function ownPath(uses: string): string | undefined {
  return /^(?:\$\/|OWNER\/istio-delivery\/)(?<path>[^@]+)/.exec(uses)?.groups?.path;
}

/** What is wrong with the values that a step or a job gives to an action or workflow of ours. */
export function callProblems(call: { uses: string; with?: object; secrets?: object | 'inherit' }): string[] {
  const path = ownPath(call.uses);
  if (path === undefined) return [];
  const file = path.endsWith('.yml') ? path : `${path}/action.yml`;
  if (!existsSync(join(root, file))) return [`${call.uses} does not exist`];
  const problems = (given: object, taken: Parameters) => [
    ...Object.keys(given).flatMap((name) => (name in taken ? [] : [`${call.uses} takes no ${name}`])),
    ...Object.entries(taken).flatMap(([name, { required }]) =>
      required === true && !(name in given) ? [`${call.uses} needs ${name}`] : [],
    ),
  ];
  if (!path.endsWith('.yml')) {
    return problems(call.with ?? {}, readYaml<{ inputs?: Parameters }>(file).inputs ?? {});
  }
  const callee = readYaml<Workflow>(file).on.workflow_call;
  if (call.secrets === 'inherit') return [`${call.uses} is given every secret`];
  return [...problems(call.with ?? {}, callee?.inputs ?? {}), ...problems(call.secrets ?? {}, callee?.secrets ?? {})];
}
