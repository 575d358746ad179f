import { expect, test } from 'vitest';
import { createSecrets } from '../../../src/adapters/runner/secrets.ts';

test('hides a value, each of its lines, and a longer value before its part', () => {
  const secrets = createSecrets();
  secrets.add('abc');
  secrets.add('abcdef');
  secrets.add('line one\n\n  line two\n');
  expect(secrets.hide('x abcdef abc line two / line one')).toBe('x *** *** *** / ***');
});

test('hides nothing when an empty value was added', () => {
  const secrets = createSecrets();
  secrets.add('');
  secrets.add('\n');
  expect(secrets.hide('a\n\nb')).toBe('a\n\nb');
});
