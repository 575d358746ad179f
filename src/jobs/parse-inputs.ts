import { closest } from 'fastest-levenshtein';
import { DeliveryError } from '../errors.ts';
import type { Input, Inputs } from './job.ts';

/** A value as an action's environment or the command line gives it; undefined when it was not given. */
export type GivenValue = string | boolean | readonly string[] | undefined;

export interface GivenInputs {
  /** How the caller writes an input's name: `mesh` in a workflow, `--mesh` on the command line. */
  label(name: string): string;
  values: Readonly<Record<string, GivenValue>>;
}

type InputValue = string | number | boolean | string[] | undefined;

/** Turns what was given into the typed values that the job's `run` takes, or throws one usage error that names every input that is wrong. */
export function parseInputs(inputs: Inputs, given: GivenInputs): Record<string, InputValue> {
  const problems = Object.keys(given.values)
    .filter((name) => !Object.hasOwn(inputs, name))
    .map((name) => unknownInput(name, inputs, given));
  const values: Record<string, InputValue> = {};
  for (const [name, input] of Object.entries(inputs)) {
    try {
      values[name] = parseValue(input, given.values[name], given.label(name));
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      problems.push(error);
    }
  }
  const [first] = problems;
  if (first === undefined) return values;
  if (problems.length === 1) throw first;
  const isOneKind = problems.every(({ code }) => code === first.code);
  throw new DeliveryError(problems.map(({ message }) => message).join('\n'), {
    code: isOneKind ? first.code : 'InvalidInput',
    kind: 'usage',
  });
}

function parseValue(input: Input, given: GivenValue, label: string): InputValue {
  switch (input.type) {
    case 'flag':
      return parseFlag(given, label);
    case 'list': {
      const values = parseList(given);
      if (input.required === true && values.length === 0) throw missingInput(label, input);
      return values;
    }
    case 'text': {
      const text = textOf(given, input, label);
      return text === undefined ? undefined : chosen(text, input, label);
    }
    case 'number': {
      const text = textOf(given, input, label);
      return text === undefined ? undefined : parseNumber(text, label);
    }
  }
}

function textOf(given: GivenValue, input: Input, label: string): string | undefined {
  const text = given === undefined ? '' : String(given).trim();
  if (text !== '') return text;
  if (input.default === undefined && input.required === true) throw missingInput(label, input);
  return input.default;
}

function parseNumber(text: string, label: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new DeliveryError(`Input ${label} is not a number: expected a whole one of at least 1, got "${text}"`, {
    code: 'InvalidInput',
    kind: 'usage',
  });
}

function chosen(text: string, { choices }: Input, label: string): string {
  if (choices === undefined || choices.includes(text)) return text;
  throw new DeliveryError(
    `Input ${label} is not one of its values: expected ${choices.join(', ')}, got "${text}"; did you mean ${closest(text, choices)}?`,
    { code: 'InvalidInput', kind: 'usage' },
  );
}

function parseFlag(given: GivenValue, label: string): boolean {
  if (given === undefined || given === '' || given === false || given === 'false') return false;
  if (given === true || given === 'true') return true;
  throw new DeliveryError(`Input ${label} is not a flag: expected "true" or "false", got "${String(given)}"`, {
    code: 'InvalidInput',
    kind: 'usage',
  });
}

function parseList(given: GivenValue): string[] {
  const parts = typeof given === 'string' ? [given] : Array.isArray(given) ? given : [];
  return parts.flatMap((part) => part.split(/[\n,]/)).flatMap((value) => (value.trim() === '' ? [] : [value.trim()]));
}

function missingInput(label: string, input: Input): DeliveryError {
  return new DeliveryError(`Input ${label} is missing: give it a value (${input.description})`, {
    code: 'MissingInput',
    kind: 'usage',
  });
}

function unknownInput(name: string, inputs: Inputs, given: GivenInputs): DeliveryError {
  const names = Object.keys(inputs);
  const cure = names.length === 0 ? 'it takes no inputs' : `did you mean ${given.label(closest(name, names))}?`;
  return new DeliveryError(`Input ${given.label(name)} is not known: ${cure}`, { code: 'UnknownInput', kind: 'usage' });
}
