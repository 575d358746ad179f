import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProgramOptions {
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  folder?: string;
  /** What it reads from standard input; nothing where it is not given. */
  input?: string;
  /** Milliseconds after which the program is ended. */
  timeout?: number;
  /** Gets its process id as soon as it runs. */
  onStart?: (pid: number) => void;
  /** Gets every line of its standard error as it comes. */
  onErrorLine?: (line: string) => void;
}

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  exitCode: number | undefined;
  output: string;
  errors: string;
}

/** How long a program has between being asked to end and being killed. */
const graceMilliseconds = 5_000;

/** Runs a program in a process group of its own, which is ended as a whole when the signal is aborted. */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  options.signal.throwIfAborted();
  const child = spawn(path, args, {
    cwd: options.folder,
    env: options.environment,
    stdio: 'pipe',
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  if (child.pid !== undefined) options.onStart?.(child.pid);
  // A program that ends before it has read everything says why by its exit code.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const output: Buffer[] = [];
  const errors: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    options.onErrorLine?.(line);
  });
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    endGroup(child.pid, 'SIGTERM');
    timers.push(setTimeout(() => endGroup(child.pid, 'SIGKILL'), graceMilliseconds));
  };
  if (options.timeout !== undefined) timers.push(setTimeout(end, options.timeout));
  options.signal.addEventListener('abort', end, { once: true });
  try {
    const exitCode = await new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? undefined));
    });
    options.signal.throwIfAborted();
    return { exitCode, output: textOf(output), errors: errors.join('\n') };
  } finally {
    options.signal.removeEventListener('abort', end);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** As it was printed, but for the end of its last line: what separates lines elsewhere may stand in a string here. */
function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8').replaceAll('\r\n', '\n').replace(/\n$/, '');
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
