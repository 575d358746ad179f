import type { OutboundRequests } from '../../ports/proxy-counters.ts';

/** Requests of a workload's own to one host, before a change and since. */
export interface OwnRequests {
  host: string;
  before: { answered: number; failed: number };
  since: { answered: number; failed: number };
}

/** Adds up what the proxies of a workload's pods have counted, while pods come and go. */
export interface RequestLedger {
  /** Takes what a pod's proxy tells at this moment; `created` is when the pod was, in milliseconds since 1970. */
  note(pod: { uid: string; created: number }, counted: readonly OutboundRequests[]): void;
  /** What is counted from now on is of the change. */
  mark(at: number): void;
  requests(): OwnRequests[];
}

export function requestLedger(): RequestLedger {
  const last = new Map<string, { answered: number; failed: number }>();
  const seen = new Set<string>();
  const hosts = new Map<string, OwnRequests>();
  let marked: number | undefined;

  return {
    note({ uid, created }, counted) {
      // What a pod of before the change had counted when it was first looked at is of neither side.
      const isOld = !seen.has(uid) && (marked === undefined || created < marked);
      const side = marked === undefined ? 'before' : 'since';
      seen.add(uid);
      for (const { host, answered, failed } of counted) {
        const key = `${uid} ${host}`;
        const before = last.get(key) ?? (isOld ? { answered, failed } : { answered: 0, failed: 0 });
        last.set(key, { answered, failed });
        const known = hosts.get(host) ?? { host, before: nothing(), since: nothing() };
        hosts.set(host, known);
        // A proxy that was started again counts from the beginning.
        known[side].answered += answered < before.answered ? answered : answered - before.answered;
        known[side].failed += failed < before.failed ? failed : failed - before.failed;
      }
    },
    mark(at) {
      marked = at;
    },
    requests: () => [...hosts.values()],
  };
}

function nothing() {
  return { answered: 0, failed: 0 };
}
