import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OutputTooLarge, runProgram } from '../../../src/adapters/toolchain/run-program.ts';
import { inFolder } from '../../support/folders.ts';
import { isGone } from '../../support/is-gone.ts';
import { runProcess } from '../../support/run-process.ts';
import { until } from '../../support/until.ts';
import { root } from '../../support/workflow-files.ts';

const never = new AbortController().signal;

test('gives exit code, output and errors, and every line of the errors as it comes', async () => {
  const lines: string[] = [];
  const result = await runProgram('/bin/sh', ['-c', 'echo out; echo one >&2; echo two >&2; exit 3'], {
    environment: {},
    signal: never,
    onErrorLine: (line) => lines.push(line),
  });
  expect(result).toEqual({ exitCode: 3, output: 'out', errors: 'one\ntwo' });
  expect(lines).toEqual(['one', 'two']);
});

test('an abort ends the program and what it started', async () => {
  const controller = new AbortController();
  const started = Date.now();
  // The run is over when nobody holds its output any more, the background process included.
  const run = runProgram('/bin/sh', ['-c', 'sleep 60 & echo started >&2; wait'], {
    environment: { PATH: '/usr/bin:/bin' },
    signal: controller.signal,
    onErrorLine: () => controller.abort(new Error('stopped by hand')),
  });
  await expect(run).rejects.toThrow('stopped by hand');
  expect(Date.now() - started).toBeLessThan(4_000);
});

test('a program that takes too long is ended', async () => {
  const result = await runProgram('/bin/sh', ['-c', 'exec sleep 60'], {
    environment: { PATH: '/usr/bin:/bin' },
    signal: never,
    timeout: 50,
  });
  expect(result).toMatchObject({ exitCode: undefined, timedOut: true });
});

test('a program that is not there is an error', async () => {
  await expect(runProgram('/nowhere/program', [], { environment: {}, signal: never })).rejects.toThrow(/ENOENT/);
});

const environment = { PATH: '/usr/bin:/bin' };

test('a program is over when it has ended, whoever holds its output, and what it left in its group ends', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'pid');
    const started = Date.now();
    const result = await runProgram('/bin/sh', ['-c', `sleep 300 & echo $! > ${file}; echo out`], {
      environment,
      signal: never,
    });
    expect(result).toEqual({ exitCode: 0, output: 'out', errors: '' });
    expect(Date.now() - started).toBeLessThan(6_000);
    const pid = Number(await readFile(file, 'utf8'));
    await until('it has ended', async () => isGone(pid));
  });
});

test('what a program has left behind with no output of its own ends with it', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'pid');
    await runProgram('/bin/sh', ['-c', `sleep 300 > /dev/null 2>&1 & echo $! > ${file}`], {
      environment,
      signal: never,
    });
    const pid = Number(await readFile(file, 'utf8'));
    await until('it has ended', async () => isGone(pid));
  });
});

test('a program that prints more than it may is ended, and its output is no answer', async () => {
  const options = { environment, signal: never, largestOutput: 1024 };
  await expect(runProgram('/bin/sh', ['-c', 'exec yes'], options)).rejects.toThrow(OutputTooLarge);
  await expect(runProgram('/bin/sh', ['-c', 'exec yes >&2'], options)).rejects.toThrow(OutputTooLarge);
});

test('a program that ignores every signal ends with a process that does not wait for it', async () => {
  await inFolder(async (folder) => {
    const [file, entry] = [join(folder, 'pid'), join(folder, 'entry.ts')];
    const script = `trap "" INT TERM HUP; echo $$ > ${file}; while :; do sleep 1; done`;
    await writeFile(
      entry,
      `import { existsSync } from 'node:fs';
import { runProgram } from ${JSON.stringify(join(root, 'src', 'adapters', 'toolchain', 'run-program.ts'))};
setInterval(() => existsSync(${JSON.stringify(file)}) && process.exit(130), 50);
await runProgram('/bin/sh', ['-c', ${JSON.stringify(script)}], { environment: process.env, signal: new AbortController().signal });
`,
    );
    expect(await runProcess([entry])).toMatchObject({ code: 130 });
    const pid = Number(await readFile(file, 'utf8'));
    await until('it has ended', async () => isGone(pid));
  });
});
