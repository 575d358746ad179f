import { describe, expect, test } from 'vitest';
import { tallyAnswers } from '../../src/probe/compare-answers.ts';
import { start } from '../support/samples.ts';

type Headers = Record<string, string>;

const answered = (headers: Headers, { status = 200, second = 0 } = {}) => ({
  at: start + second * 1000,
  latency: 1,
  answer: { status, headers: new Map(Object.entries(headers)) },
});

function changesFrom(before: ReturnType<typeof answered>[], now: ReturnType<typeof answered>[]) {
  const baseline = tallyAnswers();
  for (const sample of before) baseline.add(sample);
  const tally = tallyAnswers(baseline.common());
  for (const sample of now) tally.add(sample);
  return tally.changes();
}

describe('answers compared with those of the baseline', () => {
  test('that say the same have not changed', () => {
    expect(changesFrom([answered({ a: '1' })], [answered({ a: '1' })])).toEqual([]);
  });

  test('have lost a header that every one had, counted from the first that lacks it', () => {
    const before = [answered({ 'x-frame-options': 'DENY', id: '1' }), answered({ 'x-frame-options': 'DENY', id: '2' })];
    const now = [
      answered({ 'x-frame-options': 'DENY', id: '3' }, { second: 1 }),
      answered({ id: '4' }, { second: 9 }),
      answered({ id: '5' }, { second: 8 }),
    ];
    expect(changesFrom(before, now)).toEqual([
      { what: 'header x-frame-options', kind: 'lost', before: 'DENY', answers: 2, first: '2026-03-01T12:00:08Z' },
    ]);
  });

  test('have lost a header whose value varied too', () => {
    expect(changesFrom([answered({ id: '1' }), answered({ id: '2' })], [answered({})])).toMatchObject([
      { what: 'header id', kind: 'lost' },
    ]);
  });

  test('cannot lose what only some of them had, nor change what varied', () => {
    const before = [answered({ a: '1', id: '1' }), answered({ id: '2' })];
    expect(changesFrom(before, [answered({ id: '7' })])).toEqual([]);
  });

  test('have changed where all said one thing and any says another, however many things they say now', () => {
    const before = [answered({ a: '1' }), answered({ a: '1' })];
    expect(changesFrom(before, [answered({ a: '2' })])).toMatchObject([{ kind: 'changed', before: '1', now: '2' }]);
    expect(changesFrom(before, [answered({ a: '2' }), answered({ a: '3' })])).toMatchObject([
      { kind: 'changed', before: '1', now: 'several values', answers: 2 },
    ]);
  });

  test('have another status where no answer had it before', () => {
    const before = [answered({}), answered({}, { status: 204 })];
    expect(changesFrom(before, [answered({}, { status: 204 })])).toEqual([]);
    expect(changesFrom(before, [answered({}, { status: 301 })])).toMatchObject([
      { what: 'status', kind: 'changed', before: '200 or 204', now: '301' },
    ]);
  });

  test('have a new header where none had it before', () => {
    expect(changesFrom([answered({})], [answered({ a: '1' })])).toMatchObject([
      { what: 'header a', kind: 'new', now: '1' },
    ]);
  });

  test('are not compared where nothing was answered before, or nobody tells of headers', () => {
    expect(changesFrom([], [answered({ a: '1' })])).toEqual([]);
    const silent = tallyAnswers();
    silent.add({ at: start, latency: 1 });
    expect(silent.common()).toBeUndefined();
  });
});
