import { expect, test } from 'vitest';
import type { Path } from '../../src/mesh/positions.ts';
import { readYaml } from '../../src/mesh/read-yaml.ts';

const first = ['a:', '  b: [1, {c: 2}]', '"k 2":', '- x', '- |', '  text', '- &anchor {d: 1}', '- *anchor', 'z: 1'];
const text = [...first, '---', '# nothing', '---', '# second', '', 'a: {b: 1}', 'c: 2', '...', '- x', '- y'].join('\n');
const { documents } = readYaml(text);

test.each<[document: number, path: Path, line: number]>([
  [0, [], 1],
  [0, ['a'], 1],
  [0, ['a', 'b', 0], 2],
  [0, ['a', 'b', 1, 'c'], 2],
  [0, ['k 2'], 3],
  [0, ['k 2', 1], 6],
  [0, ['k 2', 2, 'd'], 7],
  [0, ['k 2', 3], 8],
  [0, ['z'], 9],
  [0, ['a', 'missing'], 1],
  [0, ['missing'], 1],
  [2, [], 15],
  [2, ['a', 'b'], 15],
  [2, ['c'], 16],
  [2, ['missing'], 15],
  [3, [1], 19],
])('finds the line in document %i of %j, or of what it would stand in', (document, path, line) => {
  expect(documents[document]?.lineOf(path)).toBe(line);
});
