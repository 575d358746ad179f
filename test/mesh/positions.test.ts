import { expect, test } from 'vitest';
import { type Path, readPositions } from '../../src/mesh/positions.ts';

const text = ['a:', '  b: [1, {c: 2}]', '"k 2":', '- x', '- |', '  text', '- &anchor {d: 1}', '- *anchor', 'z: 1'].join(
  '\n',
);

test.each<[path: Path, line: number]>([
  [[], 1],
  [['a'], 1],
  [['a', 'b', 0], 2],
  [['a', 'b', 1, 'c'], 2],
  [['k 2'], 3],
  [['k 2', 1], 6],
  [['k 2', 2, 'd'], 7],
  [['k 2', 3], 8],
  [['z'], 9],
  [['a', 'missing'], 1],
  [['missing'], 1],
])('finds the line of %j, or of what it would stand in', (path, line) => {
  expect(readPositions(text)(path)).toBe(line);
});
