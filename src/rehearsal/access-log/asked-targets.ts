import type { HttpTarget } from '../../mesh/probe-policy.ts';
import type { AskedTarget } from './name-witnesses.ts';

/** How what a load generator asks looks to a proxy. */
export function askedTargets(targets: readonly HttpTarget[]): AskedTarget[] {
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
