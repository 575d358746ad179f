import type { PromotionRecord } from '../plan/cluster-state.ts';
import type { OpenUpgrade } from '../plan/open-upgrade.ts';
import type { LeftOfObject } from '../plan/plan.ts';
import { leftLines } from '../plan/report/left-lines.ts';

/** What runs in one cluster. */
export interface ClusterStatus {
  cluster: string;
  environment: string;
  kubernetes: string;
  record: PromotionRecord | undefined;
  /** The upgrade that is under way, if there is one. */
  upgrade?: OpenUpgrade;
  /** What is not well with the promoted objects, one sentence each. */
  unhealthy: string[];
  /** Objects that are no longer as they were promoted, with what differs. */
  drift: string[];
  /** Fields that keep the values that others give them. */
  left: LeftOfObject[];
  /** Control planes by revision. */
  revisions: { revision: string; version: string; ready: string }[];
  tags: { tag: string; revision: string }[];
  /** Pods with a proxy, by the revision that injected them and the proxy's version. */
  proxies: { revision: string; version: string; pods: number }[];
}

/** A cluster that could not be asked. */
export interface UnknownStatus {
  cluster: string;
  environment: string;
  unknown: string;
}

export function statusText(statuses: (ClusterStatus | UnknownStatus)[]): string {
  return statuses.flatMap((status) => ('unknown' in status ? unknownLines(status) : statusLines(status))).join('\n');
}

export function statusMarkdown(statuses: (ClusterStatus | UnknownStatus)[]): string {
  return ['### Status', '', '```', statusText(statuses).replaceAll('```', "'''"), '```', ''].join('\n');
}

function unknownLines({ cluster, environment, unknown }: UnknownStatus): string[] {
  return [`${environment} / ${cluster}: unknown`, `  ${unknown}`];
}

function statusLines(status: ClusterStatus): string[] {
  const { cluster, environment, kubernetes, record, unhealthy, drift, left, revisions, tags, proxies } = status;
  return [
    `${environment} / ${cluster} (Kubernetes ${kubernetes})`,
    ...promotionLines(record),
    ...revisions.map(({ revision, version, ready }) => `  revision ${revision}: istiod ${version}, ${ready}`),
    ...tags.map(({ tag, revision }) => `  tag ${tag} → ${revision}`),
    ...proxies.map(({ revision, version, pods }) => `  proxies of ${revision}: ${pods} at version ${version}`),
    ...section('  not healthy', unhealthy),
    ...section('  drift', drift),
    ...section('  left to others', leftLines([{ left }])),
    ...(unhealthy.length + drift.length === 0 && record?.current ? ['  healthy, no drift'] : []),
  ];
}

function promotionLines(record: PromotionRecord | undefined): string[] {
  if (!record) return ['  nothing was ever promoted'];
  const { current, inProgress } = record;
  return [
    ...(current ? [`  bundle ${current.bundle} since ${current.since}, Istio ${current.istio.version}`] : []),
    ...(inProgress
      ? [`  unfinished: bundle ${inProgress.bundle}, plan ${inProgress.plan}, since ${inProgress.since}`]
      : []),
  ];
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `    ${line}`)];
}
