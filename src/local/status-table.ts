import { textTable } from '../text/text-table.ts';
import type { IstiodStatus, ProxyStatus } from './daemon-status.ts';

/** One cluster as `local status` shows it. */
export interface ClusterLine {
  name: string;
  context: string;
  /** Undefined while the API server does not answer. */
  identity?: { server: string; version: string };
  daemon?: { pid: number; istiods: IstiodStatus[]; proxies: ProxyStatus[]; trouble?: string };
}

const headings = ['CLUSTER', 'CONTEXT', 'API SERVER', 'KUBERNETES', 'DAEMON', 'ISTIODS', 'PROXIES'];

/** The embedded clusters as a table for a terminal. */
export function statusTable(clusters: readonly ClusterLine[]): string[] {
  const rows = clusters.map(({ name, context, identity, daemon }) => [
    name,
    context,
    identity?.server ?? 'does not answer',
    identity?.version ?? '-',
    daemon === undefined ? 'dead' : `${daemon.pid}${daemon.trouble === undefined ? '' : ` (${daemon.trouble})`}`,
    daemon === undefined ? '-' : istiods(daemon.istiods),
    daemon === undefined ? '-' : proxies(daemon.proxies),
  ]);
  return textTable(headings, rows);
}

/** One kind cluster as `local status` shows it. */
export interface KindLine {
  name: string;
  context: string;
  /** Undefined while the API server does not answer. */
  identity?: { server: string; version: string };
  /** Whether its creation was finished. */
  complete: boolean;
}

/** The kind clusters as a table for a terminal. */
export function kindTable(clusters: readonly KindLine[]): string[] {
  const rows = clusters.map(({ name, context, identity, complete }) => [
    name,
    context,
    identity?.server ?? 'does not answer',
    identity?.version ?? '-',
    complete ? 'complete' : 'being created, or cut off',
  ]);
  return textTable(['KIND CLUSTER', 'CONTEXT', 'API SERVER', 'KUBERNETES', 'CREATION'], rows);
}

function istiods(statuses: readonly IstiodStatus[]): string {
  const texts = statuses.map(({ revision, ready, restarts, reason }) => {
    const again = restarts === 0 ? '' : `, ${restarts} restart${restarts === 1 ? '' : 's'}`;
    return `${revision} ${ready ? 'ready' : `not ready: ${reason ?? 'it says nothing'}`}${again}`;
  });
  return texts.join('; ') || 'none';
}

function proxies(counts: readonly ProxyStatus[]): string {
  return counts.map((count) => `${count.revision} ${count.synced}/${count.proxies} synced`).join('; ') || 'none';
}
