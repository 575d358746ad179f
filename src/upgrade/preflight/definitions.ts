import { compareReleases, type GatewayApiBound, supportOf } from '../../plan/istio-support.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { type MeshFacts, nameOf, stageObjects, versionOf } from './mesh-facts.ts';
import { unknownMinor } from './versions.ts';

const bundleVersion = 'gateway.networking.k8s.io/bundle-version';
const gatewayApi = '.gateway.networking.k8s.io';

interface Definition {
  spec?: { versions?: { name: string }[]; names?: { kind?: string } };
  status?: { storedVersions?: string[] };
}

/** A version of a CRD can go only when no object is stored in it any more; the API server refuses it otherwise. */
export function storedVersions({ new: next, definitions }: MeshFacts): Trouble[] {
  const live = new Map(definitions.map((definition) => [definition.metadata.name, definition]));
  return stageObjects(next, 'crds').flatMap((definition) => {
    const stored = (live.get(definition.metadata.name) as Definition | undefined)?.status?.storedVersions ?? [];
    const kept = (definition as Definition).spec?.versions?.map(({ name }) => name) ?? [];
    const lost = stored.filter((version) => !kept.includes(version));
    if (lost.length === 0) return [];
    return [
      fail(
        `objects are stored in ${lost.join(', ')}, which Istio ${versionOf(next)} no longer has`,
        'write every object of the type anew (kubectl get and replace), then take the version out of status.storedVersions',
        nameOf(definition),
      ),
    ];
  });
}

/** Out of its bounds a CRD is ignored silently, so objects of it would stop working with the old or the new istiod. */
export function gatewayApiBounds(facts: MeshFacts): Trouble[] {
  const installed = facts.definitions.filter(({ metadata }) => metadata.name.endsWith(gatewayApi));
  if (installed.length === 0) return [];
  const versions = new Set([versionOf(facts.old), versionOf(facts.new)]);
  return [...versions].flatMap((istio) => {
    const bounds = supportOf(istio)?.gatewayApi;
    if (!bounds) return [unknownMinor(istio, 'which Gateway API it reads')];
    return bounds.flatMap((bound) => {
      const definition = installed.find(({ metadata }) => metadata.name === bound.definition);
      return definition ? outOfBounds(facts, { istio, bound, definition }) : [];
    });
  });
}

interface Bounded {
  istio: string;
  bound: GatewayApiBound;
  definition: KubernetesObject;
}

function outOfBounds({ routes }: MeshFacts, { istio, bound, definition }: Bounded): Trouble[] {
  const version = definition.metadata.annotations?.[bundleVersion] ?? 'none';
  const { minimum, maximum } = bound;
  const low = minimum !== undefined && (compareReleases(version, minimum) ?? -1) < 0;
  const high = maximum !== undefined && (compareReleases(version, maximum) ?? 1) > 0;
  if (!low && !high) return [];
  const kind = (definition as Definition).spec?.names?.kind ?? definition.metadata.name;
  const used = routes.filter((route) => route.kind === kind).length;
  const wanted = low ? `at least v${minimum}` : `at most v${maximum}`;
  const reason = `Istio ${istio} reads ${kind} objects of the Gateway API ${wanted}; this one is of ${version}, so ${used === 0 ? 'any would be' : `${used} of them are`} ignored`;
  const cure = low
    ? 'upgrade the CRDs of the Gateway API first'
    : `replace the ${kind} objects for the time of the upgrade, for instance by a Gateway and a VirtualService of Istio`;
  return [used === 0 ? warn(reason, cure, nameOf(definition)) : fail(reason, cure, nameOf(definition))];
}
