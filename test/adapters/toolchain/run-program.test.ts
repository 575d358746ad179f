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
  expect(result.exitCode).toBeUndefined();
});

test('a program that is not there is an error', async () => {
  await expect(runProgram('/nowhere/program', [], { environment: {}, signal: never })).rejects.toThrow(/ENOENT/);
});
