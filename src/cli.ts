import { Argument, Command, CommanderError, Option } from 'commander';
import { systemClock } from './adapters/clock.ts';
import { ignoreClosedOutputs } from './adapters/runner/closed-outputs.ts';
import { colouredDiff } from './adapters/runner/coloured-diff.ts';
import { hasColours } from './adapters/runner/colours.ts';
import { environmentSecrets } from './adapters/runner/environment-secrets.ts';
import { withInterruption } from './adapters/runner/interruption.ts';
import { runnerReporter } from './adapters/runner/runner-reporter.ts';
import { createSecrets } from './adapters/runner/secrets.ts';
import { terminalReporter } from './adapters/runner/terminal-reporter.ts';
import { exitCodes } from './errors.ts';
import { describeFailure, type Failure } from './failure.ts';
import type { Input, JobResult } from './jobs/job.ts';
import { type GivenValue, parseInputs } from './jobs/parse-inputs.ts';
import type { AnyJob } from './jobs/table.ts';
import { jsonText } from './text/json-text.ts';
import { logText } from './text/log-text.ts';
import { version } from './version.ts';

type OutputFormat = 'text' | 'json';

/** Runs the command line on its arguments (without node and script) and resolves to the exit code; throws nothing. */
export async function runCommand(words: readonly string[], table: readonly AnyJob[]): Promise<number> {
  ignoreClosedOutputs();
  let exitCode: number = exitCodes.done;
  const program = buildProgram(table, async (job, options) => {
    exitCode = await runJob(job, options);
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Commander has printed the help or the error already.
    return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

type RunJob = (job: AnyJob, options: Record<string, GivenValue>) => Promise<void>;

/** The commands, their options and help, as the table of jobs says. */
export function buildProgram(table: readonly AnyJob[], run: RunJob): Command {
  const program = new Command('istio-delivery')
    .description('Deliver Istio: render, plan, gate and promote a service mesh, environment by environment.')
    .version(version)
    // What stands behind a command is the command's: its own --version is not the program's.
    .enablePositionalOptions()
    // It repeats the words that it was given.
    .configureOutput({ outputError: (text, write) => write(`${logText(text.trimEnd())}\n`) })
    .exitOverride();
  for (const job of table.filter(({ surfaces }) => surfaces.includes('command'))) {
    const path = job.name.split(' ');
    const command = path
      .slice(0, -1)
      .reduce(groupOf, program)
      .command(path.at(-1) ?? job.name, { hidden: job.hidden === true });
    const given = Object.entries(job.inputs);
    command.description(job.description).action(() => run(job, { ...argumentsOf(job, command), ...command.opts() }));
    for (const [name, input] of given) {
      if (input.argument) command.addArgument(argumentFor(name, input));
      else command.addOption(optionFor(name, input));
    }
    command.addOption(
      new Option('-o, --output <format>', 'what to print on standard output').choices(['text', 'json']).default('text'),
    );
  }
  for (const group of program.commands.filter(({ commands }) => commands.length > 0)) {
    const shown = group
      .createHelp()
      .visibleCommands(group)
      .map((command) => command.name());
    group.description(`${shown.filter((name) => name !== 'help').join(', ')}; see ${group.name()} --help`);
  }
  return program;
}

function groupOf(parent: Command, word: string): Command {
  return parent.commands.find((command) => command.name() === word) ?? parent.command(word);
}

/** The words of the command line that are inputs of their own, by the names of the options that they might be. */
function argumentsOf({ inputs }: AnyJob, { args }: Command): Record<string, GivenValue> {
  const names = Object.keys(inputs).filter((name) => inputs[name]?.argument);
  return Object.fromEntries(names.map((name, index) => [name, args[index]]));
}

function argumentFor(name: string, { choices = [], description }: Input): Argument {
  return new Argument(`<${name}>`, description).choices(choices);
}

function optionFor(name: string, input: Input): Option {
  const description = input.required === true ? `${input.description} (required)` : input.description;
  switch (input.type) {
    case 'flag':
      return new Option(`--${name}`, description);
    case 'list':
      return new Option(`--${name} <values>`, `${description} (several with commas, or the option again)`).argParser(
        (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
      );
    case 'text':
    case 'number': {
      const option = new Option(`--${name} <value>`, description);
      return input.default === undefined ? option : option.default(input.default);
    }
  }
}

async function runJob(job: AnyJob, options: Record<string, GivenValue>): Promise<number> {
  const format: OutputFormat = options.output === 'json' ? 'json' : 'text';
  const secrets = createSecrets();
  // A runner takes commands from standard output, which JSON needs for itself.
  const onRunner = process.env.GITHUB_ACTIONS === 'true' && format === 'text';
  const reporter = onRunner
    ? runnerReporter(secrets, systemClock)
    : terminalReporter(process.stderr, secrets, systemClock, process.env);
  environmentSecrets(process.env).forEach(reporter.secret);
  return withInterruption(async (signal) => {
    try {
      const values = Object.fromEntries(
        Object.keys(job.inputs).map((name) => [name, options[new Option(`--${name}`).attributeName()]]),
      );
      const inputs = parseInputs(job.inputs, { label: (name) => `--${name}`, values });
      return endCommand(await job.run(inputs as never, { reporter, clock: systemClock, signal }), format, secrets.hide);
    } catch (thrown) {
      return failCommand(describeFailure(thrown, signal), format, secrets.hide);
    }
  });
}

function endCommand(result: JobResult<string>, format: OutputFormat, hide: (text: string) => string): number {
  if (format === 'json') printJson(result.json, hide);
  else {
    const isColoured = result.isDiff && hasColours(process.stdout, process.env);
    const lines = result.text.map((line) => logText(hide(line)));
    process.stdout.write(`${(isColoured ? lines.map(colouredDiff) : lines).join('\n')}\n`);
  }
  if (result.failure === undefined) return exitCodes.done;
  const { kind, reason } = result.failure;
  process.stderr.write(`${logText(hide(`${kind}: ${reason}`))}\n`);
  return exitCodes[kind];
}

function failCommand(failure: Failure, format: OutputFormat, hide: (text: string) => string): number {
  const { code, message, details, retryable, kind, exitCode } = failure;
  const word = kind === 'interrupted' ? kind : 'error';
  if (format === 'json') printJson({ error: { code, message, retryable } }, hide);
  for (const line of [`${word}: ${message}`, ...details]) process.stderr.write(`${logText(hide(line))}\n`);
  return exitCode;
}

function printJson(value: unknown, hide: (text: string) => string): void {
  process.stdout.write(`${jsonText(value, { indent: 2, hide })}\n`);
}

if (import.meta.main) {
  const { jobs } = await import('./jobs/table.ts');
  process.exitCode = await runCommand(process.argv.slice(2), jobs);
}
