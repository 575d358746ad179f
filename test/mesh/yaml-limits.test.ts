import { describe, expect, test } from 'vitest';
import { readYaml } from '../../src/mesh/read-yaml.ts';
import { type YamlLimits, yamlLimits } from '../../src/mesh/yaml-limits.ts';

function problemsOf(text: string, limits: Partial<YamlLimits>) {
  return readYaml(text, 'manifest', { ...yamlLimits, ...limits }).problems;
}

/** Nine times what is nine times the line above. */
function bomb(levels: number): string {
  const lines = Array.from(
    { length: levels },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`)}]`,
  );
  return ['a0: &a0 [x, x, x]', ...lines, ''].join('\n');
}

describe('a YAML text is refused', () => {
  test('when it is too long', () => {
    expect(problemsOf('a: 123456789', { characters: 10 })).toEqual([
      { line: 1, message: 'expected at most 10 characters of YAML in one file, got 12 characters; split the file' },
    ]);
  });

  test('when it holds too many keys, items and values', () => {
    const [problem] = problemsOf('[1, 2, 3, 4, 5, 6, 7, 8, 9]', { nodes: 10 });
    expect(problem?.message).toBe('expected at most 10 keys, items and values in one file, got 13; split the file');
  });

  test('when it is nested too deeply, at the line', () => {
    expect(problemsOf('a: 1\nb: [[[[1]]]]', { depth: 3 })).toEqual([
      {
        line: 2,
        message: 'expected at most 3 mappings and lists inside of each other, got more; write it flatter',
      },
    ]);
  });

  test('when its aliases stand for too much, at the alias, without writing it out', () => {
    const started = performance.now();
    expect(problemsOf(bomb(50), {})).toEqual([
      {
        line: 7,
        message:
          'expected aliases that stand for at most 4 MiB in one file, got more; write out what is meant, and less of it',
      },
    ]);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('when an alias of a long text stands in too many places', () => {
    const text = `a: &a ${'x'.repeat(1000)}\nb: [*a, *a, *a]\n`;
    expect(problemsOf(text, { aliased: 2000 })).toMatchObject([{ line: 2 }]);
    expect(problemsOf(text, { aliased: 4000 })).toEqual([]);
  });

  test('when merged keys add up to too much', () => {
    const text = `a: &a {k: ${'x'.repeat(1000)}}\n${Array.from({ length: 4 }, (_, i) => `b${i}: {<<: *a}\n`).join('')}`;
    expect(problemsOf(text, { aliased: 3000 })).toMatchObject([{ line: 4 }]);
  });
});

test('aliases are counted document by document, and an anchor may be given again', () => {
  const text = 'a: &a [1, 2]\nb: *a\nc: &a 3\nd: *a\n---\na: &a 4\nb: *a\n';
  expect(readYaml(text).documents.map(({ value }) => value)).toEqual([
    { a: [1, 2], b: [1, 2], c: 3, d: 3 },
    { a: 4, b: 4 },
  ]);
});
