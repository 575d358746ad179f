import fc from 'fast-check';

/** One thing that is done to a document, at one of its places. */
interface Blow {
  /** Which place, as a share of all there are. */
  at: number;
  how: 'delete' | 'replace' | 'repeat' | 'add';
  value: unknown;
}

/** What stands where something else belongs. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    [null],
    'null',
    '9999-99-99',
    '2026-11-29T10:00:00Z',
    'group:',
    { kind: 'runs' },
    '\u202e::error::\u0000\r',
    'x'.repeat(10_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
);

const keys = fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '', 'kind', 'more');

/** The text of a JSON document that somebody has damaged in up to four places. */
export function damagedJson(document: unknown): fc.Arbitrary<string> {
  const blow = fc.record<Blow>({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    how: fc.constantFrom('delete', 'replace', 'replace', 'repeat', 'add'),
    value: strange,
  });
  return fc
    .tuple(fc.array(blow, { minLength: 1, maxLength: 4 }), keys)
    .map(([blows, key]) => JSON.stringify(blows.reduce((value, each) => struck(value, each, key), document)) ?? '');
}

/** The bytes of a text that was cut off, got other bytes, or stands in another encoding. */
export function damagedBytes(text: string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(text);
  const place = fc.nat(Math.max(0, bytes.length - 1));
  return fc.oneof(
    place.map((end) => bytes.subarray(0, end)),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, other]) => {
      const copy = Buffer.from(bytes);
      copy.set(other.subarray(0, copy.length - at), at);
      return copy;
    }),
    fc.tuple(place, place).map(([one, other]) => Buffer.concat([bytes.subarray(0, one), bytes.subarray(other)])),
    fc.constantFrom(
      Buffer.from(text, 'utf16le'),
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text.replaceAll('a', '\u00fc'), 'latin1'),
      Buffer.concat([bytes, Buffer.alloc(1000)]),
      Buffer.from(text + text),
      Buffer.from(`${'['.repeat(100_000)}${text}`),
      Buffer.from(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
      Buffer.alloc(0),
    ),
  );
}

function struck(document: unknown, { at, how, value }: Blow, key: string): unknown {
  const places = placesOf(document);
  const path = places[Math.floor(at * places.length)] ?? [];
  return changed(document, path, (inner) => {
    switch (how) {
      case 'delete':
        return undefined;
      case 'replace':
        return value;
      case 'repeat':
        return Array.isArray(inner) ? [...inner, ...inner] : [inner];
      case 'add':
        return isMapping(inner) ? added(inner, key, value) : value;
    }
  });
}

/** As `JSON.parse` makes it: also where the key is `__proto__`. */
function added(mapping: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([...Object.entries(mapping), [key, value]]);
}

function placesOf(value: unknown, path: string[] = []): string[][] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, each]) => placesOf(each, [...path, key]))];
}

function changed(value: unknown, path: readonly string[], change: (inner: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const next = index === Number(step) ? changed(item, rest, change) : item;
      return next === undefined ? [] : [next];
    });
  }
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? changed(item, rest, change) : item]),
  );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
