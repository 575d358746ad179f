import type { FailedRequests, FailureWitness } from '../../ports/probe-result.ts';
import type { AccessLogs, ProxyEntry } from './follow-access-logs.ts';

/** How requests to one target look to a proxy. */
export interface LoggedTarget {
  target: string;
  /** As the client sends it, with the port where it is in it. */
  authority: string;
  path: string;
  /** The Service that is asked, as `name.namespace` begins its URL; absent where that is none of the cluster. */
  service?: { name: string; namespace: string };
}

/** Two clocks, and what a request needs until a proxy sees it: milliseconds before the second, and after its end. */
const early = 1_000;
const late = 2_000;

/** The failed requests with the proxy that said each of them. */
export function nameWitnesses(
  failures: readonly FailedRequests[],
  asked: readonly LoggedTarget[],
  logs: Pick<AccessLogs, 'entries' | 'isForeign'>,
): FailedRequests[] {
  const entries = logs.entries();
  const nobody: FailureWitness = { kind: logs.isForeign() ? 'unread' : 'nobody' };
  return failures.map((failure) => {
    const target = asked.find((each) => each.target === failure.target);
    return { ...failure, said: (target && witnessOf(failure, target, entries)) ?? nobody };
  });
}

function witnessOf(
  failure: FailedRequests,
  asked: LoggedTarget,
  entries: readonly ProxyEntry[],
): FailureWitness | undefined {
  const first = firstSeen(failure, asked, entries);
  if (first === undefined) return undefined;
  const { requestId } = first;
  const same = requestId === undefined ? [first] : entries.filter((entry) => entry.requestId === requestId);
  const { proxy, status, flags, details } = origin(same) ?? first;
  return {
    kind: 'proxy',
    proxy: `${proxy.namespace}/${proxy.pod}`,
    role: proxy.isGateway ? 'gateway' : 'sidecar',
    status,
    flags,
    details,
  };
}

/** Of the requests of that second that failed in the same way, the one that a proxy saw first. */
function firstSeen(
  { at, reason }: FailedRequests,
  asked: LoggedTarget,
  entries: readonly ProxyEntry[],
): ProxyEntry | undefined {
  const second = Date.parse(at);
  const status = /^status (\d+)$/.exec(reason)?.[1];
  const [first] = entries
    .filter((entry) => entry.at >= second - early && entry.at < second + 1_000 + late)
    .filter((entry) => (status === undefined ? true : entry.status === Number(status)))
    .filter((entry) => isOf(entry, asked))
    // Those of the very second before those around it.
    .toSorted((left, right) => distance(left, second) - distance(right, second) || left.at - right.at);
  return first;
}

function distance({ at }: ProxyEntry, second: number): number {
  return at >= second && at < second + 1_000 ? 0 : Math.min(Math.abs(at - second), Math.abs(at - second - 1_000));
}

function isOf({ authority, path, proxy }: ProxyEntry, asked: LoggedTarget): boolean {
  if (authority !== undefined) return host(authority) === host(asked.authority) && path === asked.path;
  // A connection that was refused carried no request: all that is known is whose pod refused it.
  const { service } = asked;
  return service !== undefined && service.namespace === proxy.namespace && proxy.pod.startsWith(`${service.name}-`);
}

function host(authority: string): string {
  return authority.replace(/:80$/, '');
}

/** The proxy that said it itself, the furthest on the way; where they all pass on what they got, the last of them. */
function origin(same: readonly ProxyEntry[]): ProxyEntry | undefined {
  const onTheWay = same.toSorted((left, right) => left.at - right.at);
  const own = onTheWay.filter(({ details }) => details !== passedOn);
  // Where one gives up, those behind it see their client go.
  return own.findLast(({ flags }) => !flags.split(',').includes(clientGone)) ?? own.at(0) ?? onTheWay.at(-1);
}

/** Envoy's flag for a client that went away. */
const clientGone = 'DC';

/** The upstream answered so. */
export const passedOn = 'via_upstream';
