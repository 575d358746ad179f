import { systemClock } from './adapters/clock.ts';
import {
  failStep,
  givenActionInputs,
  logLines,
  writeOutputs,
  writeSummary,
} from './adapters/runner/action-environment.ts';
import { ignoreClosedOutputs } from './adapters/runner/closed-outputs.ts';
import { environmentSecrets } from './adapters/runner/environment-secrets.ts';
import { withInterruption } from './adapters/runner/interruption.ts';
import { refuseRunnerFiles } from './adapters/runner/runner-files.ts';
import { runnerReporter } from './adapters/runner/runner-reporter.ts';
import { createSecrets } from './adapters/runner/secrets.ts';
import { DeliveryError, exitCodes, messageOf } from './errors.ts';
import { describeFailure } from './failure.ts';
import type { JobContext, JobResult } from './jobs/job.ts';
import { parseInputs } from './jobs/parse-inputs.ts';
import type { AnyJob } from './jobs/table.ts';
import { markdownSource } from './text/markdown.ts';

/** Runs one job of the table as a step of a workflow and resolves to the exit code of the process; throws nothing. */
export async function runAction(name: string, table: readonly AnyJob[]): Promise<number> {
  return asStep(name, table, async (job, inputs, { context, hide }) => {
    refuseRunnerFiles(process.env, ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY']);
    return endStep(await job.run(inputs, context), hide);
  });
}

/** Runs what a job does when its workflow's job has ended; resolves to the exit code and throws nothing. */
export async function runPost(name: string, table: readonly AnyJob[]): Promise<number> {
  return asStep(name, table, async (job, inputs, { context }) => {
    await job.post?.(inputs, context);
    return exitCodes.done;
  });
}

interface Step {
  context: JobContext;
  hide(text: string): string;
}

type RunStep = (job: AnyJob, inputs: never, step: Step) => Promise<number>;

async function asStep(name: string, table: readonly AnyJob[], run: RunStep): Promise<number> {
  ignoreClosedOutputs();
  const { add, hide } = createSecrets();
  const reporter = runnerReporter({ add, hide }, systemClock);
  environmentSecrets(process.env).forEach(reporter.secret);
  return withInterruption(async (signal) => {
    try {
      const job = findAction(name, table);
      const inputs = parseInputs(job.inputs, { label: (input) => input, values: givenActionInputs(process.env) });
      return await run(job, inputs as never, { context: { reporter, clock: systemClock, signal }, hide });
    } catch (thrown) {
      const failure = describeFailure(thrown, signal);
      if (failure.details.length > 0) logLines(failure.details.map(hide));
      failStep(hide(failure.message));
      return failure.exitCode;
    }
  });
}

async function endStep(result: JobResult<string>, hide: (text: string) => string): Promise<number> {
  const { outputs, summary, text, failure } = result;
  // First what nothing can hinder: a disk that is full must not hide how the run ended.
  logLines(text.map(hide));
  const unsaid = [
    ...(await problemsOf('outputs', async () => writeOutputs(hiddenOutputs(outputs, hide)))),
    ...(await problemsOf(
      'the summary',
      async () => summary !== undefined && writeSummary(hide(markdownSource(summary))),
    )),
  ];
  if (failure === undefined && unsaid.length === 0) return exitCodes.done;
  failStep(hide([...(failure ? [failure.reason] : []), ...unsaid].join('\n')));
  return exitCodes[failure?.kind ?? 'failed'];
}

function hiddenOutputs(outputs: Record<string, string>, hide: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, hide(value)]));
}

async function problemsOf(what: string, hand: () => Promise<unknown>): Promise<string[]> {
  try {
    await hand();
    return [];
  } catch (error) {
    return [
      `the run ended, and ${what} cannot be handed to the runner: ${messageOf(error)}; make room on its disk, or see who may write to its files`,
    ];
  }
}

function findAction(name: string, table: readonly AnyJob[]): AnyJob {
  const job = table.find((candidate) => candidate.name === name && candidate.surfaces.includes('action'));
  if (job === undefined)
    throw new DeliveryError(`Action ${name} does not exist`, { code: 'UnknownJob', kind: 'usage' });
  return job;
}
