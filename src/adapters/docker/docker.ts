import { DeliveryError } from '../../errors.ts';
import { type ProgramResult, runProgram } from '../toolchain/run-program.ts';

export interface DockerSettings {
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** The Docker engine of this machine, through its command line. */
export interface Docker {
  /** Standard output of one command; throws `DockerFailed` with what docker said when it ends otherwise than with 0. */
  run(args: readonly string[]): Promise<string>;
  /** The same without the throw, where the caller decides. */
  attempt(args: readonly string[]): Promise<ProgramResult>;
}

/** Milliseconds for the first answer. */
const answerPatience = 30_000;

/** Milliseconds for one command: it may pull an image through a slow line. */
const patience = 900_000;

/** The engine, after it has answered once; throws `DockerUnavailable` where there is none. */
export async function openDocker({ environment, signal }: DockerSettings): Promise<Docker> {
  const attempt = (args: readonly string[]) => runProgram('docker', args, { environment, signal, timeout: patience });
  const version = ['version', '--format', '{{.Server.Version}}'];
  const answer = await runProgram('docker', version, { environment, signal, timeout: answerPatience }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw unavailable('there is no program docker on PATH', error);
    },
  );
  if (answer.timedOut) throw unavailable(`no answer within ${answerPatience / 1000} s`);
  if (answer.exitCode !== 0) throw unavailable(answer.errors.trim().split('\n').at(-1) ?? 'it said nothing');
  return {
    attempt,
    async run(args) {
      const { exitCode, timedOut, output, errors } = await attempt(args);
      if (exitCode === 0) return output;
      const reason = timedOut ? `it did not end within ${patience / 1000} s` : errors.trim() || `exit code ${exitCode}`;
      throw new DeliveryError(`docker ${args.join(' ')} failed: ${reason}`, {
        code: 'DockerFailed',
      });
    },
  };
}

function unavailable(reason: string, cause?: unknown): DeliveryError {
  return new DeliveryError(`Docker engine does not answer; start it, or set DOCKER_HOST to one that runs: ${reason}`, {
    code: 'DockerUnavailable',
    ...(cause === undefined ? {} : { cause }),
  });
}
