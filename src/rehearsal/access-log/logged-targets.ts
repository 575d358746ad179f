import type { HttpTarget } from '../../mesh/probe-policy.ts';
import type { LoggedTarget } from './name-witnesses.ts';

/** How what a load generator asks looks to a proxy. */
export function loggedTargets(targets: readonly HttpTarget[]): LoggedTarget[] {
  return targets.map(({ name, url, headers }) => {
    const { host, hostname, pathname, search } = new URL(url);
    const [, authority = host] = Object.entries(headers).find(([header]) => header.toLowerCase() === 'host') ?? [];
    const [service = '', namespace] = hostname.split('.');
    return {
      target: name,
      authority,
      path: `${pathname}${search}`,
      ...(namespace === undefined ? {} : { service: { name: service, namespace } }),
    };
  });
}
