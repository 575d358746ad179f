import { expect, test } from 'vitest';
import { type KindRecord, leftoverReason, type RunnerJob } from '../../src/local/kind-record.ts';

const job: RunnerJob = { runner: 'r1 (/r1/_temp)', run: '7', attempt: '1', job: 'validate' };
const record: KindRecord = {
  name: 'dev',
  created: '2026-01-01T00:00:00.000Z',
  complete: true,
  creator: { name: 'creator', pid: 42, startedAt: 'x' },
  processes: [],
  files: [],
};

test.each<[string, Partial<KindRecord>, { creatorAlive: boolean; job?: RunnerJob }, string | undefined]>([
  ['a complete cluster of a person', {}, { creatorAlive: false }, undefined],
  ['a complete cluster of a person, seen by a runner', {}, { creatorAlive: false, job }, undefined],
  ['a cluster that is being created', { complete: false }, { creatorAlive: true }, undefined],
  [
    'a cluster whose creator was killed',
    { complete: false },
    { creatorAlive: false },
    'process 42 was ended while it created it',
  ],
  ['a cluster for the time of a process that lives', { throwAway: true }, { creatorAlive: true }, undefined],
  [
    'a cluster for the time of a process that is gone',
    { throwAway: true },
    { creatorAlive: false },
    'process 42, which it was made for, is gone',
  ],
  ['a cluster of this job', { job }, { creatorAlive: false, job }, undefined],
  [
    'a cluster of an earlier run of this runner',
    { job: { ...job, run: '6' } },
    { creatorAlive: false, job },
    'job validate of run 6 (attempt 1) left it on this runner',
  ],
  [
    'a cluster of an earlier attempt',
    { job: { ...job, attempt: '0' } },
    { creatorAlive: false, job },
    'job validate of run 7 (attempt 0) left it on this runner',
  ],
  [
    'a cluster of another job of this run, on this runner',
    { job: { ...job, job: 'other' } },
    { creatorAlive: false, job },
    'job other of run 7 (attempt 1) left it on this runner',
  ],
  [
    'a cluster of another runner of this machine',
    { job: { ...job, runner: 'r2 (/r2/_temp)', run: '6' } },
    { creatorAlive: false, job },
    undefined,
  ],
  ['a cluster of a runner, seen by a person', { job }, { creatorAlive: false }, undefined],
])('%s is left over or not', (_what, changes, now, reason) => {
  expect(leftoverReason({ ...record, ...changes }, { job: undefined, ...now })).toBe(reason);
});
