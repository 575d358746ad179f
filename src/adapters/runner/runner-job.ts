import type { RunnerJob } from '../../local/kind-record.ts';

/** The job of an Actions runner that this process belongs to; undefined elsewhere. */
export function runnerJob(environment: NodeJS.ProcessEnv): RunnerJob | undefined {
  if (environment.GITHUB_ACTIONS !== 'true') return undefined;
  const {
    RUNNER_NAME = '',
    RUNNER_TEMP = '',
    GITHUB_RUN_ID = '',
    GITHUB_RUN_ATTEMPT = '',
    GITHUB_JOB = '',
  } = environment;
  return {
    // Runners of different repositories on one machine may bear one name; their folders differ.
    runner: `${RUNNER_NAME} (${RUNNER_TEMP})`,
    run: GITHUB_RUN_ID,
    attempt: GITHUB_RUN_ATTEMPT,
    job: GITHUB_JOB,
  };
}
