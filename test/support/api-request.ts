import type { ApiAnswer } from './write-gate.ts';

/** A request, as an authorizer sees it. */
export interface AuthorizedRequest {
  verb: string;
  apiGroup: string;
  /** With its subresource: `pods/log`; or a path. */
  resource: string;
  namespace?: string;
  name?: string;
}

const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * What was asked of the authorizer for a request; a patch that creates is a create too. Nothing for what everybody may
 * do (discovery, versions, reviews of one's own rights).
 */
export function authorizedRequests({ method, path, status }: ApiAnswer): AuthorizedRequest[] {
  const { pathname, searchParams } = new URL(path, 'https://api');
  if (pathname.startsWith('/openid/')) return [{ verb: 'get', apiGroup: '', resource: pathname }];
  const [, group = '', rest = ''] = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)\/(.+)$/.exec(pathname) ?? [];
  if (rest === '' || group === 'authorization.k8s.io') return [];
  const [, namespace, inside = rest] = /^namespaces\/([^/]+)\/(.+)$/.exec(rest) ?? [];
  const [resource = '', name, subresource] = inside.split('/');
  const verb = method === 'GET' ? readVerb(name, searchParams) : (verbs[method] ?? method);
  const request = {
    verb,
    apiGroup: group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  return method === 'PATCH' && status === 201 ? [request, { ...request, verb: 'create' }] : [request];
}

function readVerb(name: string | undefined, search: URLSearchParams): string {
  if (name !== undefined) return 'get';
  return search.get('watch') === 'true' || search.get('watch') === '1' ? 'watch' : 'list';
}
