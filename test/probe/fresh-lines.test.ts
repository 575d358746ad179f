import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterTime } from '../../src/probe/cluster-time.ts';
import { freshLines } from '../../src/probe/fresh-lines.ts';
import { start } from '../support/samples.ts';

const line = (index: number, latency = 5) =>
  `${BigInt(start + index * 100) * 1_000_000n + BigInt(index)},200,${latency * 1_000_000},0,0,,,,${index},GET,http://shop/,`;

test('a log that is cut anywhere, and has lost its beginning, counts every request once', () => {
  const cuts = fc.array(fc.record({ until: fc.integer({ min: 0, max: 200 }), from: fc.integer({ min: 0, max: 150 }) }));
  fc.assert(
    fc.property(cuts, (opened) => {
      const lines = freshLines();
      let taken = 0;
      let read = 0;
      for (const { until, from } of opened) {
        // What was never read may be lost with the beginning of a log; what was read must not be read again.
        for (let index = Math.min(from, read); index < until; index += 1) {
          if (lines.take(line(index)) !== undefined) taken += 1;
        }
        read = Math.max(read, until);
      }
      expect(taken).toBe(read);
    }),
  );
});

test('requests end in another order than they were sent', () => {
  const lines = freshLines();
  expect(lines.take(line(50))).toBeDefined();
  expect(lines.take(line(0, 4_000))).toBeDefined();
  expect(lines.take(line(0, 4_000))).toBeUndefined();
});

test('what ended a minute ago was taken when it came', () => {
  const lines = freshLines();
  expect(lines.take(line(700))).toBeDefined();
  expect(lines.take(line(0))).toBeUndefined();
});

test('lines that are no samples are counted, each text once, and the first are kept', () => {
  const lines = freshLines();
  for (const text of ['', 'bad URL', 'bad URL', 'panic: a']) lines.take(text);
  expect(lines.strange()).toEqual({ count: 2, first: ['bad URL', 'panic: a'] });
});

test('a clock of a cluster that goes well is left alone; one that does not is put right', () => {
  const sample = { at: start, latency: 5 };
  expect(clusterTime()(sample, start + 500)).toEqual(sample);
  const onTime = clusterTime();
  // The first lines come late, for they were printed before the log was opened.
  onTime({ at: start, latency: 5 }, start + 3_600_000 + 2_000);
  expect(onTime({ at: start + 2_000, latency: 5 }, start + 3_600_000 + 2_005)).toEqual({
    at: start + 3_600_000 + 2_000,
    latency: 5,
  });
});
