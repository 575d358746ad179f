/** JSON with the keys of every object sorted and fields of value undefined left out; `indent` as for `JSON.stringify`. */
export function canonicalJson(value: unknown, indent?: number): string {
  const sorted = (_key: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner;
  return JSON.stringify(value, sorted, indent);
}
