import { runCommand as runCommandOf } from './cli.ts';
import { jobs } from './jobs/table.ts';
import { runAction as runActionOf, runPost as runPostOf } from './main.ts';

/** Runs an action as a step of a workflow; resolves to the exit code. */
export function runAction(name: string): Promise<number> {
  return runActionOf(name, jobs);
}

/** Runs what an action does when its workflow's job has ended; resolves to the exit code. */
export function runPost(name: string): Promise<number> {
  return runPostOf(name, jobs);
}

/** Runs the command line on its words; resolves to the exit code. */
export function runCommand(words: readonly string[]): Promise<number> {
  return runCommandOf(words, jobs);
}
