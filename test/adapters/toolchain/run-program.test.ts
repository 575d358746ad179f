import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runProgram } from '../../../src/adapters/toolchain/run-program.ts';

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
  let grandchild = 0;
  const run = runProgram('/bin/sh', ['-c', 'sleep 60 & echo $! >&2; wait'], {
    environment: { PATH: '/usr/bin:/bin' },
    signal: controller.signal,
    onErrorLine: (line) => {
      grandchild = Number(line);
      controller.abort(new Error('stopped by hand'));
    },
  });
  await expect(run).rejects.toThrow('stopped by hand');
  await sleep(50);
  expect(() => process.kill(grandchild, 0)).toThrow(/ESRCH/);
});

test('a program that takes too long is ended', async () => {
  const result = await runProgram('/bin/sh', ['-c', 'exec sleep 60'], {
    environment: { PATH: '/usr/bin:/bin' },
    signal: never,
    timeout: 50,
  });
  expect(result.exitCode).toBeUndefined();
});

test('a program that is not there is an error', async () => {
  await expect(runProgram('/nowhere/program', [], { environment: {}, signal: never })).rejects.toThrow(/ENOENT/);
});
