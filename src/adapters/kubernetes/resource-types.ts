import type { ObjectType } from '../../ports/cluster.ts';
import type { ApiRequest, ApiServer } from './api-server.ts';
import { requestFailed } from './status.ts';

interface Resource {
  plural: string;
  namespaced: boolean;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

/** Finds the path of a type's objects; undefined when the API server does not serve the type. */
export type ResourcePaths = (
  type: ObjectType,
  where: { namespace?: string; name?: string },
) => Promise<string | undefined>;

/** Discovery, a request for each group version; a type that was missing is looked up again the next time. */
export function resourcePaths(server: ApiServer, during: Pick<ApiRequest, 'signal'> = {}): ResourcePaths {
  const groups = new Map<string, Promise<Map<string, Resource>>>();

  async function lookUp({ apiVersion, kind }: ObjectType): Promise<Resource | undefined> {
    const known = groups.get(apiVersion);
    const resource = (await known)?.get(kind);
    if (resource) return resource;
    // Another call may have started the look-up while this one waited for an older answer.
    if (groups.get(apiVersion) === known) groups.set(apiVersion, remembered(apiVersion));
    return (await groups.get(apiVersion))?.get(kind);
  }

  /** A failed look-up is forgotten, so that the next call asks again. */
  async function remembered(apiVersion: string): Promise<Map<string, Resource>> {
    try {
      return await discover(server, apiVersion, during);
    } catch (error) {
      groups.delete(apiVersion);
      throw error;
    }
  }

  return async (type, { namespace, name }) => {
    const resource = await lookUp(type);
    if (!resource) return undefined;
    const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
    return `${rootOf(type.apiVersion)}${scope}/${resource.plural}${object}`;
  };
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

async function discover(
  server: ApiServer,
  apiVersion: string,
  during: Pick<ApiRequest, 'signal'>,
): Promise<Map<string, Resource>> {
  const response = await server.request({ method: 'GET', path: rootOf(apiVersion), ...during });
  if (response.status === 404) return new Map();
  if (response.status !== 200) throw requestFailed(`API ${apiVersion} of ${server.address}`, 'discovery', response);
  const { resources } = response.body as ResourceList;
  return new Map(
    resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]),
  );
}
