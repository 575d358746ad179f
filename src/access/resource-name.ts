import { groupOf, type KubernetesObject, type ObjectId } from '../ports/objects.ts';

/** What RBAC calls a type. */
export interface ResourceName {
  apiGroup: string;
  /** In lower case and plural, as in paths. */
  resource: string;
}

interface DefinitionSpec {
  group?: string;
  names?: { kind?: string; plural?: string };
}

/** The resource that a CustomResourceDefinition brings. */
export function definedResource({ spec }: KubernetesObject): (ResourceName & { kind: string }) | undefined {
  const { group: apiGroup, names: { kind, plural: resource } = {} } = (spec ?? {}) as DefinitionSpec;
  return apiGroup === undefined || kind === undefined || resource === undefined
    ? undefined
    : { apiGroup, kind, resource };
}

/** How kinds are called, those first that CustomResourceDefinitions among `objects` bring. */
export function resourceNames(
  objects: readonly KubernetesObject[],
): (id: Pick<ObjectId, 'apiVersion' | 'kind'>) => ResourceName {
  const defined = new Map(
    objects
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .flatMap((definition) => definedResource(definition) ?? [])
      .map(({ kind, ...name }) => [`${name.apiGroup}/${kind}`, name]),
  );
  return ({ apiVersion, kind }) => {
    const apiGroup = groupOf(apiVersion);
    return defined.get(`${apiGroup}/${kind}`) ?? { apiGroup, resource: pluralOf(kind) };
  };
}

/** As Kubernetes makes the plural of its own kinds, and as those follow it who define others. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (/(s|x|z|ch|sh)$/.test(name)) return name.endsWith('endpoints') ? name : `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
