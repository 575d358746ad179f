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

/** The engine, after it has answered once; throws `DockerUnavailable` where there is none. */
export async function openDocker({ environment, signal }: DockerSettings): Promise<Docker> {
  const attempt = (args: readonly string[]) => runProgram('docker', args, { environment, signal });
  const answer = await attempt(['version', '--format', '{{.Server.Version}}']).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw unavailable('there is no program docker on PATH', error);
  });
  if (answer.exitCode !== 0) throw unavailable(answer.errors.trim().split('\n').at(-1) ?? 'it said nothing');
  return {
    attempt,
    async run(args) {
      const { exitCode, output, errors } = await attempt(args);
      if (exitCode === 0) return output;
      throw new DeliveryError(`docker ${args.join(' ')} failed: ${errors.trim() || `exit code ${exitCode}`}`, {
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
