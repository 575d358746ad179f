/** One step into an object: a field, or of a list every item or the one with these keys. */
export type FieldStep = { field: string } | { items: 'all' } | { keys: Record<string, unknown> };

const plainField = /^[\w$-]+$/;

const tokens: readonly [RegExp, (found: string) => FieldStep | undefined][] = [
  [/\.([\w$-]+)/y, (field) => ({ field })],
  [/\[\*()\]/y, () => ({ items: 'all' })],
  [/\[("(?:[^"\\]|\\.)*")\]/y, (text) => ({ field: JSON.parse(text) as string })],
  [/\[(\w+=[^\]]+)\]/y, keysOf],
  [/\[([^\]"=*]+)\]/y, (name) => ({ keys: { name } })],
];

/**
 * The steps of a path as plans write it: `.spec.http[*].route[*].weight`, `.metadata.annotations["x/y"]`,
 * `.webhooks[rev.validation.istio.io]`. Undefined where the text is no path.
 */
export function parseFieldPath(text: string): FieldStep[] | undefined {
  const steps: FieldStep[] = [];
  let at = 0;
  while (at < text.length) {
    const step = stepAt(text, at);
    if (step === undefined) return undefined;
    steps.push(step.step);
    at = step.end;
  }
  return steps[0] !== undefined && 'field' in steps[0] && text.startsWith('.') ? steps : undefined;
}

function stepAt(text: string, at: number): { step: FieldStep; end: number } | undefined {
  for (const [pattern, read] of tokens) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const step = match ? read(match[1] ?? '') : undefined;
    if (step) return { step, end: pattern.lastIndex };
  }
  return undefined;
}

/** As the API server writes the keys of an item: `name="http",port=80`. */
function keysOf(text: string): FieldStep | undefined {
  const pairs = [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[\w.-]+)(?:,|$)/g)];
  if (pairs.map(([pair]) => pair).join('') !== text) return undefined;
  try {
    return { keys: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, JSON.parse(value) as unknown])) };
  } catch {
    return undefined;
  }
}

/** The path of these steps as plans write it. */
export function formatFieldPath(steps: readonly FieldStep[]): string {
  return steps.map(formatStep).join('');
}

function formatStep(step: FieldStep): string {
  if ('field' in step) return plainField.test(step.field) ? `.${step.field}` : `[${JSON.stringify(step.field)}]`;
  if ('items' in step) return '[*]';
  const { name, ...others } = step.keys;
  if (typeof name === 'string' && Object.keys(others).length === 0 && !/[\]"=*]/.test(name)) return `[${name}]`;
  return `[${keysText(step.keys)}]`;
}

/** The keys of an item as the API server writes them. */
export function keysText(keys: Record<string, unknown>): string {
  return Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',');
}

/** Whether one path leads to the other, or to something inside of it. */
export function leadsInto(outer: readonly FieldStep[], inner: readonly FieldStep[]): boolean {
  return outer.length <= inner.length && outer.every((step, index) => meets(step, inner[index]));
}

function meets(left: FieldStep, right: FieldStep | undefined): boolean {
  if (right === undefined) return false;
  if ('field' in left || 'field' in right) return 'field' in left && 'field' in right && left.field === right.field;
  if ('items' in left || 'items' in right) return true;
  return keysText(left.keys) === keysText(right.keys);
}
