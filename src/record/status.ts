import type { PromotionRecord } from '../plan/cluster-state.ts';
import type { OpenUpgrade } from '../plan/open-upgrade.ts';
import type { LeftOfObject } from '../plan/plan.ts';
import { leftLines } from '../plan/report/left-lines.ts';
import { linesOf, type PartHealth } from '../probe/health/part-health.ts';
import { blankLine, codeBlock, type Markdown, markdown, markdownLines } from '../text/markdown.ts';

/** What runs in one cluster. */
export interface ClusterStatus {
  cluster: string;
  environment: string;
  kubernetes: string;
  record: PromotionRecord | undefined;
  /** The upgrade that is under way, if there is one. */
  upgrade?: OpenUpgrade;
  /** What a look at each part of its health has come to. */
  health: PartHealth[];
  /** Objects that are no longer as they were promoted, with what differs. */
  drift: string[];
  /** Why it is not known whether there are any. */
  driftUnknown?: string;
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

/** A bundle runs, every part of its health is known and healthy, and nothing has drifted. */
export function isHealthy(status: ClusterStatus | UnknownStatus): boolean {
  if ('unknown' in status) return false;
  const { record, health, drift, driftUnknown } = status;
  const isSound = health.every(({ troubles, unknown }) => troubles.length + unknown.length === 0);
  return record?.current !== undefined && isSound && drift.length === 0 && driftUnknown === undefined;
}

export function statusText(statuses: (ClusterStatus | UnknownStatus)[]): string[] {
  return statuses.flatMap((status) => ('unknown' in status ? unknownLines(status) : statusLines(status)));
}

export function statusMarkdown(statuses: (ClusterStatus | UnknownStatus)[]): Markdown {
  return markdownLines([markdown`### Status`, blankLine, ...codeBlock('', statusText(statuses))]);
}

function unknownLines({ cluster, environment, unknown }: UnknownStatus): string[] {
  return [`${environment} / ${cluster}: unknown`, `  ${unknown}`];
}

function statusLines(status: ClusterStatus): string[] {
  const { cluster, environment, kubernetes, record, health, drift, driftUnknown, left } = status;
  const unknown = [...linesOf(health, 'unknown'), ...(driftUnknown === undefined ? [] : [`drift: ${driftUnknown}`])];
  return [
    `${environment} / ${cluster} (Kubernetes ${kubernetes})`,
    ...(isHealthy(status) ? ['  healthy, no drift'] : []),
    ...section('  not healthy', linesOf(health, 'troubles')),
    ...section('  unknown', unknown),
    ...section('  drift', drift),
    ...promotionLines(record),
    ...status.revisions.map(({ revision, version, ready }) => `  revision ${revision}: istiod ${version}, ${ready}`),
    ...status.tags.map(({ tag, revision }) => `  tag ${tag} → ${revision}`),
    ...status.proxies.map(({ revision, version, pods }) => `  proxies of ${revision}: ${pods} at version ${version}`),
    ...section('  left to others', leftLines([{ left }])),
  ];
}

function promotionLines(record: PromotionRecord | undefined): string[] {
  if (!record) return ['  nothing was ever promoted'];
  const { current } = record;
  return [...(current ? [`  bundle ${current.bundle} since ${current.since}, Istio ${current.istio.version}`] : [])];
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `    ${line}`)];
}
