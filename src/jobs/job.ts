import type { FailureKind } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Markdown } from '../text/markdown.ts';

/** One input, as it stands in action.yml, on the command line and in the README's table. */
export interface Input {
  /** `text`: a string · `number`: a whole one from 1 · `flag`: true or false · `list`: values on lines or between commas. */
  type: 'text' | 'number' | 'flag' | 'list';
  description: string;
  required?: boolean;
  /** What a run takes when the input is not given, for `text` and `number`; as it would be given. */
  default?: string;
  /** The values that it may have, for `text`. */
  choices?: readonly string[];
  /** The command line takes it as a word of its own, not as an option. */
  argument?: boolean;
  /** The action gives it itself, by its default: it stands in no table. */
  internal?: boolean;
}

export type Inputs = Record<string, Input>;

/** What a job's `run` gets for its inputs: an optional text or number is undefined when it is empty or not given. */
export type InputValues<I extends Inputs> = {
  [Name in keyof I]: I[Name]['type'] extends 'flag'
    ? boolean
    : I[Name]['type'] extends 'list'
      ? string[]
      : I[Name]['type'] extends 'number'
        ? I[Name] extends { required: true } | { default: string }
          ? number
          : number | undefined
        : I[Name] extends { choices: readonly (infer Choice)[] }
          ? Choice
          : I[Name] extends { required: true } | { default: string }
            ? string
            : string | undefined;
};

export interface JobContext {
  reporter: Reporter;
  clock: Clock;
  /** Aborted when the runner or the person at the terminal wants the run to stop. */
  signal: AbortSignal;
}

export interface JobResult<O extends string> {
  /** Every output of the job, as a string. */
  outputs: Record<O, string>;
  /** For the person at the terminal, a line each. */
  text: readonly string[];
  /** The text is a diff, whose lines a terminal colours by their first letter. */
  isDiff?: true;
  /** For machines: what `--output json` prints. */
  json: unknown;
  /** For the step summary. */
  summary?: Markdown;
  /** Set when the job did its work and yet the answer is no: the run ends with this reason and its exit code. */
  failure?: { kind: FailureKind; reason: string };
}

export interface Job<I extends Inputs = Inputs, O extends string = string> {
  /** Name of the action's folder and of the command, which may have a subcommand: `local up`. */
  name: string;
  description: string;
  /** Where it can be run. */
  surfaces: readonly ('action' | 'command')[];
  /** Stands in no help and no table: the program calls it itself. */
  hidden?: boolean;
  inputs: I;
  outputs: Record<O, string>;
  run(inputs: InputValues<I>, context: JobContext): Promise<JobResult<O>>;
  /** What an action does at the end of its workflow's job, with the same inputs, however the job and `run` ended. */
  post?(inputs: InputValues<I>, context: JobContext): Promise<void>;
}

/** Declares a job once, for the action and the command line; the types of inputs and outputs follow from it. */
export function defineJob<const I extends Inputs, O extends string>(job: Job<I, O>): Job<I, O> {
  return job;
}
