import { describe, expect, test } from 'vitest';
import { checkKnownValues } from '../../src/mesh/check-known-values.ts';
import { invalidFile } from '../../src/mesh/finding-lines.ts';
import { didYouMean, nearest } from '../../src/mesh/nearest.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { cutLines } from '../../src/mesh/problem.ts';

const keys = (count: number) => Array.from({ length: count }, (_, index) => `zzz${index}`);

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('keys that are not known', () => {
  test('are named one by one as far as a person reads, and counted beyond', () => {
    const message = messageOf(() =>
      parseMesh(
        keys(5000)
          .map((key) => `${key}: 1\n`)
          .join(''),
        'mesh.yaml',
      ),
    );
    expect(message.split('\n').filter((line) => line.includes('got "zzz'))).toHaveLength(20);
    expect(message).toContain(
      'mesh.yaml:1: expected keys that are known, got 4980 more that are not; correct these first',
    );
  });

  test('are counted in values too, mapping by mapping', () => {
    const unknown = Object.fromEntries(keys(500).map((key) => [key, 1]));
    const options = { path: ['istio', 'values'], version: '1.31.0', reserved: new Map<string, string>() };
    const findings = checkKnownValues({ pilot: unknown, global: { zzz: 1 } }, options);
    expect(findings).toHaveLength(22);
    expect(findings.map(({ path }) => path.join('.'))).toContain('istio.values.pilot');
  });

  test('do not fill the screen, however long they are', () => {
    const line = messageOf(() => parseMesh(`${'x'.repeat(100_000)}: 1\n`, 'mesh.yaml'));
    expect(line).toContain(`got "${'x'.repeat(59)}…`);
  });
});

describe('what was probably meant', () => {
  test('is not looked for among names that nobody means', () => {
    expect(nearest('x'.repeat(101), ['x'.repeat(100)])).toBeUndefined();
    expect(nearest('x'.repeat(100), ['x'.repeat(99)])).toBe('x'.repeat(99));
  });

  test('is listed as far as a person reads', () => {
    expect(didYouMean('something', keys(22))).toMatch(/^there are "zzz0", .*"zzz19" and 2 more$/);
  });
});

test('an error counts all that is wrong and shows the beginning', () => {
  expect(cutLines(['a', 'b', 'c'], 3)).toEqual(['a', 'b', 'c']);
  expect(cutLines(['a', 'b', 'c'], 2)).toEqual(['a', 'b', '… and 1 more; correct these first']);
  const { message } = invalidFile('mesh.yaml', keys(1000), 'InvalidMesh');
  expect(message.split('\n')).toHaveLength(102);
  expect(message).toMatch(/^mesh.yaml has 1000 errors\n/);
});
