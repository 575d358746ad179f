import { runCommand as runCommandOf } from './cli.ts';
import { jobs } from './jobs/table.ts';
import { runAction as runActionOf } from './main.ts';

/** Runs an action as a step of a workflow; resolves to the exit code. */
export function runAction(name: string): Promise<number> {
  return runActionOf(name, jobs);
}

/** Runs the command line on its words; resolves to the exit code. */
export function runCommand(words: readonly string[]): Promise<number> {
  return runCommandOf(words, jobs);
}
