import { DeliveryError } from '../errors.ts';
import { invalidFile } from '../mesh/finding-lines.ts';
import { isMapping } from '../mesh/merge-deep.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import type { MeshSource } from '../mesh/parse-mesh.ts';
import type { Path } from '../mesh/positions.ts';
import { formatProblems, type Problem, problemAt } from '../mesh/problem.ts';
import type { GenerateManifest } from './generated-manifest.ts';
import { type RefusedValue, refusedValues } from './refused-values.ts';

/** A cluster's mesh that istioctl does not render. */
export interface Refusal {
  mesh: ClusterMesh;
  reason: string;
}

/** What is wrong where istioctl does not render a mesh: values, by file and line, or else what istioctl says. */
export async function refusalError(
  [first, ...others]: readonly [Refusal, ...Refusal[]],
  generateManifest: GenerateManifest,
  source: MeshSource | undefined,
): Promise<DeliveryError> {
  const { version } = first.mesh.istio;
  const problems: Problem[] = [];
  for (const { mesh } of source ? [first, ...others] : []) {
    const refused = await refusedValues(mesh, async (operator) => {
      const generated = await generateManifest(operator);
      return 'refusal' in generated ? generated.refusal : undefined;
    });
    for (const value of refused) if (source) problems.push(problemOf(value, mesh, source));
  }
  if (source && problems.length > 0) return invalidFile(source.file, formatProblems(problems), 'InvalidMesh');
  return new DeliveryError(
    `istioctl ${version} cannot render the mesh: ${first.reason}; correct the setting that it names`,
    { code: 'RenderFailed' },
  );
}

function problemOf({ path, reason }: RefusedValue, mesh: ClusterMesh, source: MeshSource): Problem {
  const message = `istioctl ${mesh.istio.version} refuses it: ${reason.replaceAll(/\s*\n\s*/g, ' ').trim()}; correct it`;
  return problemAt(source.file, source.lineOf, { path: placeOf(path, mesh, source.value), message });
}

/** Where the mesh file says what a cluster gets: in its own overrides, in its environment's, or for all. */
function placeOf(path: readonly string[], { cluster, environments }: ClusterMesh, document: unknown): Path {
  const everywhere = ['istio', ...path];
  const environment = environments.find(({ clusters }) => clusters.some(({ name }) => name === cluster));
  if (environment === undefined) return everywhere;
  const index = environment.clusters.findIndex(({ name }) => name === cluster);
  const here: Path = ['environments', environment.name];
  const places = [[...here, 'clusters', index, 'overrides', ...path], [...here, 'overrides', ...path], everywhere];
  return places.find((place) => stands(document, place)) ?? everywhere;
}

function stands(document: unknown, path: Path): boolean {
  let current = document;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step];
    else if (isMapping(current) && Object.hasOwn(current, step)) current = current[step];
    else return false;
  }
  return true;
}
