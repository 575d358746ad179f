import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { type AccessLogEntry, isFailure, isForeignEntry, parseAccessLog } from './parse-access-log.ts';

/** A proxy that logs. */
export interface LoggingProxy {
  namespace: string;
  pod: string;
  isGateway: boolean;
}

export interface ProxyEntry extends AccessLogEntry {
  proxy: LoggingProxy;
}

export interface AccessLogs {
  /** What went wrong in the eyes of the proxies, by time. */
  entries(): ProxyEntry[];
  /** Whether a proxy logged requests in a format that is not known. */
  isForeign(): boolean;
  /** Reads what proxies have still to write, and ends. */
  stop(options?: { atOnce?: boolean }): Promise<void>;
}

/** How often it is looked for new pods, in milliseconds. */
const lookEvery = 3_000;

/** A proxy writes its log a second late at most. */
const writtenWithin = 2_000;

/** Whoever reads them does so from the first on. */
const mostEntries = 5_000;

/**
 * Reads the access logs of all proxies of some namespaces as they are written: a log goes with its pod, and the pods of a
 * rehearsal come and go. What cannot be read is left out; nothing is thrown.
 */
export function followAccessLogs(
  cluster: Cluster,
  { namespaces, clock }: { namespaces: readonly string[]; clock: Clock },
): AccessLogs {
  const following = new AbortController();
  const { signal } = following;
  const open = new Map<string, Promise<void>>();
  const found = new Map<string, ProxyEntry>();
  let isForeign = false;

  async function follow(proxy: LoggingProxy): Promise<void> {
    const { namespace, pod } = proxy;
    try {
      for await (const line of cluster.log({ namespace, pod, container: 'istio-proxy' }, signal)) {
        const entry = parseAccessLog(line);
        if (entry === undefined) isForeign ||= isForeignEntry(line);
        if (entry === undefined || !isFailure(entry) || found.size >= mostEntries) continue;
        // A log that is opened again begins anew.
        found.set(`${namespace}/${pod} ${line}`, { ...entry, proxy });
      }
    } catch {
      // It has not begun, or is gone.
    }
  }

  async function look(): Promise<void> {
    for (const namespace of namespaces) {
      const pods = { apiVersion: 'v1', kind: 'Pod' };
      const { items } = await cluster.list(pods, { namespace, metadataOnly: true });
      for (const proxy of items.flatMap(proxyOf)) {
        const key = `${proxy.namespace}/${proxy.pod}`;
        if (signal.aborted || open.has(key)) continue;
        const followed = follow(proxy).then(() => void open.delete(key));
        open.set(key, followed);
      }
    }
  }

  async function lookOn(): Promise<void> {
    while (!signal.aborted) {
      await look().catch(() => undefined);
      await clock.sleep(lookEvery, signal).catch(() => undefined);
    }
  }

  const looking = lookOn();
  return {
    entries: () => [...found.values()].toSorted((left, right) => left.at - right.at),
    isForeign: () => isForeign,
    async stop({ atOnce = false } = {}) {
      if (!atOnce) await clock.sleep(writtenWithin, signal).catch(() => undefined);
      following.abort();
      await looking;
      await Promise.all(open.values());
    },
  };
}

/** The injector writes on each pod what it did. */
function proxyOf({ metadata }: KubernetesObject): LoggingProxy[] {
  const { name: pod, namespace = '', annotations = {} } = metadata;
  if (annotations['sidecar.istio.io/status'] === undefined) return [];
  return [{ namespace, pod, isGateway: annotations['inject.istio.io/templates'] === 'gateway' }];
}
