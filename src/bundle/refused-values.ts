import pMap from 'p-map';
import { isMapping, mergeDeep } from '../mesh/merge-deep.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import { printYaml } from '../mesh/yaml.ts';
import { istioOperator } from './istio-operator.ts';

/** Says why istioctl does not render an IstioOperator; undefined where it does. */
export type AskRefusal = (operator: string) => Promise<string | undefined>;

/** A part of a cluster's mesh without which istioctl renders the rest. */
export interface RefusedValue {
  /** Below `istio` of the cluster's mesh: `values`, `pilot`, `volumes`. */
  path: string[];
  /** What istioctl says about it alone. */
  reason: string;
}

const runsAtOnce = 4;

/**
 * What istioctl refuses of a cluster's values, each found by giving istioctl nothing else. Empty where it is not the
 * values that it refuses.
 */
export async function refusedValues(mesh: ClusterMesh, ask: AskRefusal): Promise<RefusedValue[]> {
  const { compatibilityVersion, values, ...istio } = mesh.istio;
  const plain = { ...mesh, istio: { ...istio, values: {} } };
  if ((await ask(printYaml(istioOperator(plain)))) !== undefined) return [];
  const base = compatibilityVersion === undefined ? plain : mergeDeep(plain, { istio: { compatibilityVersion } });
  const refusal = base === plain ? undefined : await ask(printYaml(istioOperator(base)));
  if (refusal !== undefined) return [{ path: ['compatibilityVersion'], reason: refusal }];
  return refusedAt(values, [], (some) => ask(printYaml(istioOperator(mergeDeep(base, { istio: { values: some } })))));
}

async function refusedAt(
  value: unknown,
  path: readonly string[],
  ask: (values: Record<string, unknown>) => Promise<string | undefined>,
): Promise<RefusedValue[]> {
  const alone = path.reduceRight<unknown>((below, key) => ({ [key]: below }), value);
  const reason = isMapping(alone) ? await ask(alone) : undefined;
  if (reason === undefined) return [];
  const inner = isMapping(value) ? Object.entries(value) : [];
  const below = await pMap(inner, ([key, each]) => refusedAt(each, [...path, key], ask), { concurrency: runsAtOnce });
  // Where every part is right by itself, it is refused as it stands together.
  return below.some((found) => found.length > 0) ? below.flat() : [{ path: ['values', ...path], reason }];
}
