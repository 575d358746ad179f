import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { withProgram } from './running-programs.ts';

export interface ProgramOptions {
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  folder?: string;
  /** What it reads from standard input; nothing where it is not given. */
  input?: string;
  /** Milliseconds after which the program is ended; without it only the signal ends one that never does. */
  timeout?: number;
  /** Bytes that it may print, on standard output and on standard error; as many as memory holds where nothing is said. */
  largestOutput?: number;
  /** It asks a person: the terminal is its standard input and error, and Ctrl-C reaches it by itself. */
  atTerminal?: boolean;
  /** Gets its process id as soon as it runs. */
  onStart?: (pid: number) => void;
  /** Gets every line of its standard error as it comes. */
  onErrorLine?: (line: string) => void;
}

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  exitCode: number | undefined;
  /** It was ended because it took too long. */
  timedOut?: true;
  output: string;
  errors: string;
}

/** A program printed more than it may. */
export class OutputTooLarge extends Error {
  constructor(largest: number) {
    super(`it printed more than ${largest / 1024 / 1024} MiB`);
    this.name = 'OutputTooLarge';
  }
}

/** How long a program has between being asked to end and being killed. */
const graceMilliseconds = 5_000;

/** How long what a program has started may hold its output open once it has ended itself. */
const lingerMilliseconds = 2_000;

/**
 * Runs a program in a process group of its own, which is ended as a whole when the signal is aborted, when the program
 * takes too long or prints too much, and when this process exits. What it leaves running in the group ends with it.
 */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const { signal, timeout, atTerminal = false, largestOutput = Number.POSITIVE_INFINITY } = options;
  signal.throwIfAborted();
  // A group of its own could not read from the terminal.
  const isGroup = process.platform !== 'win32' && !atTerminal;
  const child = spawn(path, args, {
    cwd: options.folder,
    env: options.environment,
    stdio: atTerminal ? ['inherit', 'pipe', 'inherit'] : 'pipe',
    detached: isGroup,
    windowsHide: true,
  });
  const endWith = (name: NodeJS.Signals) => endProcess(child.pid, name, isGroup);
  const kill = () => endWith('SIGKILL');
  if (child.pid !== undefined) options.onStart?.(child.pid);
  // A program that ends before it has read everything says why by its exit code.
  child.stdin?.on('error', () => undefined).end(options.input ?? '');
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    endWith('SIGTERM');
    timers.push(setTimeout(kill, graceMilliseconds));
  };
  const said = gathered(child, { largest: largestOutput, onTooMuch: kill, onErrorLine: options.onErrorLine });
  let timedOut: true | undefined;
  const late = () => {
    timedOut = true;
    end();
  };
  if (timeout !== undefined) timers.push(setTimeout(late, timeout));
  signal.addEventListener('abort', end, { once: true });
  try {
    const exitCode = await withProgram(kill, () => endOf(child, timers, kill));
    signal.throwIfAborted();
    if (said.isTooMuch()) throw new OutputTooLarge(largestOutput);
    return { exitCode, ...(timedOut ? { timedOut } : {}), output: said.output(), errors: said.errors() };
  } finally {
    signal.removeEventListener('abort', end);
    for (const timer of timers) clearTimeout(timer);
  }
}

interface Gathering {
  largest: number;
  onTooMuch: () => void;
  onErrorLine: ProgramOptions['onErrorLine'];
}

/** What a program prints, as far as it may. */
function gathered({ stdout, stderr }: ChildProcess, { largest, onTooMuch, onErrorLine }: Gathering) {
  const output: Buffer[] = [];
  const errors: string[] = [];
  let printed = 0;
  const isTooMuch = () => printed > largest;
  const count = ({ length }: Buffer) => {
    printed += length;
    if (isTooMuch()) onTooMuch();
  };
  stdout?.on('data', (chunk: Buffer) => {
    count(chunk);
    if (!isTooMuch()) output.push(chunk);
  });
  if (stderr) {
    stderr.on('data', count);
    createInterface({ input: stderr }).on('line', (line) => {
      if (isTooMuch()) return;
      errors.push(line);
      onErrorLine?.(line);
    });
  }
  return { isTooMuch, output: () => textOf(output), errors: () => errors.join('\n') };
}

/** The exit code, once nobody holds its output any more; what it has left in its group is killed. */
function endOf(child: ChildProcess, timers: NodeJS.Timeout[], kill: () => void): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      kill();
      resolve(code ?? undefined);
    });
    child.once('exit', () => {
      const letGo = () => {
        kill();
        // What has left the group may hold them still.
        child.stdout?.destroy();
        child.stderr?.destroy();
      };
      timers.push(setTimeout(letGo, lingerMilliseconds));
    });
  });
}

/** As it was printed, but for the end of its last line: what separates lines elsewhere may stand in a string here. */
function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8').replaceAll('\r\n', '\n').replace(/\n$/, '');
}

function endProcess(pid: number | undefined, signal: NodeJS.Signals, isGroup: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(isGroup ? -pid : pid, signal);
  } catch (error) {
    // macOS says EPERM of a group in which nobody is left.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
