import { systemClock } from './adapters/clock.ts';
import {
  failStep,
  givenActionInputs,
  logDetails,
  writeOutputs,
  writeSummary,
} from './adapters/runner/action-environment.ts';
import { withInterruption } from './adapters/runner/interruption.ts';
import { runnerReporter } from './adapters/runner/runner-reporter.ts';
import { createSecrets } from './adapters/runner/secrets.ts';
import { DeliveryError, exitCodes } from './errors.ts';
import { describeFailure } from './failure.ts';
import type { JobResult } from './jobs/job.ts';
import { parseInputs } from './jobs/parse-inputs.ts';
import type { AnyJob } from './jobs/table.ts';

/** Runs one job of the table as a step of a workflow and resolves to the exit code of the process; throws nothing. */
export async function runAction(name: string, table: readonly AnyJob[]): Promise<number> {
  const secrets = createSecrets();
  return withInterruption(async (signal) => {
    try {
      const job = findAction(name, table);
      const inputs = parseInputs(job.inputs, { label: (input) => input, values: givenActionInputs(process.env) });
      const reporter = runnerReporter(secrets, systemClock);
      return await endStep(await job.run(inputs as never, { reporter, clock: systemClock, signal }), secrets.hide);
    } catch (thrown) {
      const failure = describeFailure(thrown, signal);
      if (failure.details !== '') logDetails(secrets.hide(failure.details));
      failStep(secrets.hide(failure.message));
      return failure.exitCode;
    }
  });
}

async function endStep(result: JobResult<string>, hide: (text: string) => string): Promise<number> {
  writeOutputs(result.outputs);
  if (result.summary !== undefined) await writeSummary(hide(result.summary));
  logDetails(hide(result.text));
  if (result.failure === undefined) return exitCodes.done;
  failStep(hide(result.failure.reason));
  return exitCodes[result.failure.kind];
}

function findAction(name: string, table: readonly AnyJob[]): AnyJob {
  const job = table.find((candidate) => candidate.name === name && candidate.surfaces.includes('action'));
  if (job === undefined)
    throw new DeliveryError(`Action ${name} does not exist`, { code: 'UnknownJob', kind: 'usage' });
  return job;
}
