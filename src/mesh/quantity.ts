const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a Kubernetes quantity means (`500m`, `2Gi`, `1e3`); undefined when it is none. */
export function quantityValue(quantity: string): number | undefined {
  const parts = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]?i?)$/.exec(quantity.trim());
  const scale = suffixes[parts?.[2] ?? ''];
  const value = Number(parts?.[1]);
  return parts && scale !== undefined && Number.isFinite(value) ? value * scale : undefined;
}
