import values from './istio-values.json' with { type: 'json' };

/** The fields of a message of Istio's values, each with its type as scripts/values-table.ts writes it. */
export type Fields = Readonly<Record<string, string>>;

const messages: Readonly<Record<string, Fields>> = values.messages;
const enums: Readonly<Record<string, readonly string[]>> = values.enums;

/** The message that stands at the top of values. */
export const rootType = 'operator.v1alpha1.Values';

/** The minor versions of Istio whose values are known. */
export const knownMinors: readonly string[] = Object.keys(values.sources);

/** The fields of a type that is a message. */
export function fieldsOf(type: string): Fields | undefined {
  return Object.hasOwn(messages, type) ? messages[type] : undefined;
}

/** The names that a type has that is an enumeration. */
export function namesOf(type: string): readonly string[] | undefined {
  return type.startsWith('enum:') ? enums[type.slice('enum:'.length)] : undefined;
}

/** Where else a key is known: paths of values, without items of lists, the shortest first. */
export function placesOf(key: string): string[] {
  const places: string[] = [];
  let level: { type: string; path: string[] }[] = [{ type: rootType, path: [] }];
  for (let depth = 0; depth < 4; depth += 1) {
    level = level.flatMap(({ type, path }) =>
      Object.entries(fieldsOf(type) ?? {}).map(([name, below]) => ({ type: below, path: [...path, name] })),
    );
    places.push(...level.filter(({ path }) => path.at(-1) === key).map(({ path }) => path.join('.')));
  }
  return places;
}
