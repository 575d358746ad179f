import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ProcessRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ProcessOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** This Node where nothing else is said. */
  program?: string;
  /** Called with everything printed so far whenever there is more. */
  onOutput?: (printed: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Closes the reading end of its standard output and standard error as soon as something was printed, as `head` does. */
  stopReading?: boolean;
  /** Called when it runs; `kill` resolves when it is dead. */
  onStart?: (kill: (signal: NodeJS.Signals) => Promise<void>) => void;
}

/** Runs a program, in an environment that has nothing but PATH and what is given. */
export async function runProcess(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessRun> {
  const child = spawn(options.program ?? process.execPath, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: ProcessRun = { code: null, stdout: '', stderr: '' };
  const told = () => {
    options.onOutput?.(run.stdout + run.stderr, (signal) => child.kill(signal));
    if (!options.stopReading) return;
    child.stdout.destroy();
    child.stderr.destroy();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text;
    told();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text;
    told();
  });
  const ended = new Promise<ProcessRun>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ ...run, code }));
  });
  options.onStart?.(async (signal) => {
    const dead = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill(signal)) await dead;
  });
  return ended;
}

export interface StepRun extends ProcessRun {
  outputs: Record<string, string>;
  summary: string;
}

export interface StepOptions extends ProcessOptions {
  inputs?: Record<string, string>;
}

/** Runs a script as an Actions runner runs the step of an action: inputs as INPUT_*, files for outputs and summary. */
export async function runStep(args: readonly string[], options: StepOptions = {}): Promise<StepRun> {
  const folder = await mkdtemp(join(tmpdir(), 'istio-delivery-step-'));
  const [outputFile, summaryFile] = [join(folder, 'output'), join(folder, 'summary')];
  try {
    await Promise.all([writeFile(outputFile, ''), writeFile(summaryFile, '')]);
    const inputs = Object.entries(options.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const run = await runProcess(args, {
      ...options,
      env: {
        GITHUB_ACTIONS: 'true',
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summaryFile,
        RUNNER_TEMP: folder,
        ...Object.fromEntries(inputs),
        ...options.env,
      },
    });
    const outputs = parseOutputs(await readFile(outputFile, 'utf8'));
    return { ...run, outputs, summary: await readFile(summaryFile, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads `name=value`, and `name<<delimiter`, the value's lines, `delimiter`, as the runner does. */
function parseOutputs(text: string): Record<string, string> {
  const entries = text.matchAll(
    /^(?:(?<name>[^\n=]+?)<<(?<delimiter>[^\n]+)\n(?<value>[\s\S]*?)\n?\k<delimiter>|(?<short>[^\n=]+)=(?<line>.*))\n/gm,
  );
  return Object.fromEntries(
    [...entries].map(({ groups: { name, value, short, line } = {} }) => [name ?? short ?? '', value ?? line ?? '']),
  );
}
