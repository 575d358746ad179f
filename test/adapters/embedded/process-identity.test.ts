import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  endProcesses,
  isAlive,
  recordProcess,
  signalProcess,
} from '../../../src/adapters/embedded/process-identity.ts';

async function startSleeper(script = 'setInterval(() => {}, 1000)') {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const record = recordProcess('sleeper', child.pid ?? 0);
  if (record === undefined) throw new Error('the process was not there');
  return record;
}

test('ends the process that was written down', async () => {
  const record = await startSleeper();
  expect(isAlive(record)).toBe(true);
  await endProcesses([record], 1000);
  expect(isAlive(record)).toBe(false);
});

test('ends one that does not listen', async () => {
  const record = await startSleeper("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
  await endProcesses([record], 100);
  expect(isAlive(record)).toBe(false);
});

test('never signals another process that has the pid now', async () => {
  const record = await startSleeper();
  const recycled = { ...record, startedAt: 'another boot/1' };
  expect(signalProcess(recycled, 'SIGKILL')).toBe(false);
  await endProcesses([recycled], 0);
  await sleep(50);
  expect(isAlive(record)).toBe(true);
  await endProcesses([record], 0);
});

test('has nothing to write down of a process that is gone', async () => {
  const record = await startSleeper();
  await endProcesses([record], 0);
  expect(recordProcess('sleeper', record.pid)).toBeUndefined();
});
