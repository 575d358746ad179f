import { describe, expect, test } from 'vitest';
import { minorsWithoutNotes, upgradeNotes } from '../../src/plan/upgrade-notes.ts';

/** The minor versions whose notes come, each once. */
function minors(from: string, to: string): string[] {
  return [...new Set(upgradeNotes(from, to).map(({ id }) => /^\d+\.\d+/.exec(id)?.[0] ?? ''))];
}

describe('upgrade notes', () => {
  test.each([
    ['1.31.0', '1.31.4', []],
    ['1.30.5', '1.31.0', ['1.31']],
    ['1.29.9', '1.31.0', ['1.30', '1.31']],
    ['1.29.9', '1.30.0', ['1.30']],
    ['1.31.0', '1.30.5', []],
    ['1.31.0', '1.32.0', []],
  ])('from %s to %s are those of %j', (from, to, expected) => {
    expect(minors(from, to)).toEqual(expected);
  });

  test('have ids of their own, and say where they come from', () => {
    const notes = upgradeNotes('1.0.0', '1.99.0');
    expect(new Set(notes.map(({ id }) => id)).size).toBe(notes.length);
    for (const note of notes) {
      expect(note).toEqual({
        id: expect.stringMatching(/^1\.\d+-[a-z-]+$/),
        title: expect.stringMatching(/\S/),
        text: expect.stringMatching(/\.$/),
        source: expect.stringMatching(/^https:\/\//),
      });
    }
  });

  test('tell of the registries that are retired', () => {
    expect(upgradeNotes('1.30.0', '1.31.0').map(({ id }) => id)).toContain('1.31-registries-retired');
  });

  test.each([
    ['1.30.5', '1.31.0', []],
    ['1.31.0', '1.33.1', ['1.32', '1.33']],
    ['1.27.0', '1.29.0', ['1.28']],
    ['1.31.0', '1.30.0', []],
    ['1.31.0', 'latest', []],
  ])('from %s to %s are not known for %j', (from, to, expected) => {
    expect(minorsWithoutNotes(from, to)).toEqual(expected);
  });
});
