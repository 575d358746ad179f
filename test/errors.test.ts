import { expect, test } from 'vitest';
import { DeliveryError, reasonOf } from '../src/errors.ts';

test.each([
  [undefined, 'it failed'],
  ['run it again', 'it failed; run it again'],
  ['Mend the cause', 'it failed. Mend the cause'],
])('an error with the remedy %j says: %s', (remedy, message) => {
  const error = new DeliveryError('it failed', { code: 'Failed', ...(remedy === undefined ? {} : { remedy }) });
  expect(error.message).toBe(message);
  expect(reasonOf(error)).toBe('it failed');
});

test('the reason of any other error is its message', () => {
  expect(reasonOf(new Error('it broke'))).toBe('it broke');
  expect(reasonOf('it broke')).toBe('it broke');
});
