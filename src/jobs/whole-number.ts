import { DeliveryError } from '../errors.ts';

/** The number that an input of type text holds; throws a usage error where it holds none of at least `minimum`. */
export function wholeNumber(name: string, text: string, minimum = 0): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= minimum) return Number(text);
  throw new DeliveryError(`${name} is "${text}"; give a whole number of at least ${minimum}, such as 3`, {
    code: 'NotANumber',
    kind: 'usage',
  });
}
