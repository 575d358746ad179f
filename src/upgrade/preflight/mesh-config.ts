import { isDeepStrictEqual } from 'node:util';
import type { StoredBundle } from '../../apply/stored-bundle.ts';
import { parseYaml } from '../../mesh/yaml.ts';
import { fail, type Trouble } from './finding.ts';
import { type MeshFacts, revisionOf, stageObjects } from './mesh-facts.ts';

interface MeshConfig {
  rootNamespace?: string;
  discoverySelectors?: unknown[];
}

/** istiod tells istioctl of the proxies of its root namespace's friends only; a count of them would be too low. */
export function hiddenProxies({ old, new: next, namespace }: MeshFacts): Trouble[] {
  return [old, next].flatMap((side) => {
    const { rootNamespace = namespace } = meshConfigOf(side);
    if (rootNamespace === namespace || showsProxiesTo(side, namespace)) return [];
    return [
      fail(
        `the root namespace of revision ${revisionOf(side)} is ${rootNamespace}, so its istiod hides its proxies from whoever asks from ${namespace}`,
        `set DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES=${namespace} among the variables of its pilot (istio.values.pilot.env)`,
        `Deployment ${namespace}/istiod-${revisionOf(side)}`,
      ),
    ];
  });
}

/** Namespaces that one revision sees and the other does not have no certificates, or no endpoints, halfway. */
export function discoverySelectors({ old, new: next }: MeshFacts): Trouble[] {
  const [before, after] = [selectorsOf(old), selectorsOf(next)];
  if (isDeepStrictEqual(before, after)) return [];
  return [
    fail(
      `the discovery selectors of revisions ${revisionOf(old)} and ${revisionOf(next)} differ: ${show(before)} and ${show(after)}`,
      'upgrade with the selectors as they are, and change them before or after',
    ),
  ];
}

/** Their order means nothing. */
function selectorsOf(side: StoredBundle): string[] {
  const { discoverySelectors = [] } = meshConfigOf(side);
  return discoverySelectors.map((selector) => JSON.stringify(sorted(selector))).sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function show(selectors: string[]): string {
  return selectors.length === 0 ? 'none' : selectors.join(', ');
}

function meshConfigOf(side: StoredBundle): MeshConfig {
  const name = `istio-${revisionOf(side)}`;
  const map = stageObjects(side, 'revision').find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name,
  );
  const { mesh } = (map?.data ?? {}) as { mesh?: string };
  return mesh === undefined ? {} : ((parseYaml(mesh, `ConfigMap ${name}`)[0] ?? {}) as MeshConfig);
}

interface PodTemplate {
  template?: { spec?: { containers?: { env?: { name: string; value?: string }[] }[] } };
}

function showsProxiesTo(side: StoredBundle, namespace: string): boolean {
  const name = `istiod-${revisionOf(side)}`;
  const istiod = stageObjects(side, 'revision').find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === name,
  );
  const containers = (istiod?.spec as PodTemplate | undefined)?.template?.spec?.containers ?? [];
  return containers
    .flatMap(({ env = [] }) => env)
    .some(({ name, value = '' }) => {
      if (name === 'ENABLE_DEBUG_ENDPOINT_AUTH') return value === 'false';
      const allowed = value.split(',').map((each) => each.trim());
      return name === 'DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES' && allowed.includes(namespace);
    });
}
