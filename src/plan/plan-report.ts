import { diffLines } from 'diff';
import { formatObjectId } from '../ports/objects.ts';
import { conflictLines } from './conflict-lines.ts';
import type { FieldChange } from './field-changes.ts';
import { leftLines } from './left-lines.ts';
import { type Change, type ClusterPlan, changeCount, type Plan, type Problem } from './plan.ts';
import type { RenderDifference } from './render-difference.ts';

/** How one cluster's render differs from that of the environment before. */
export interface DifferenceReport {
  cluster: string;
  comparedTo: string;
  differences: RenderDifference[];
}

/** The plan for a terminal. */
export function planText(plan: Plan, differences: DifferenceReport[]): string {
  return [
    ...plan.clusters.flatMap((cluster) => [`${clusterTitle(cluster)}`, ...clusterLines(cluster).map(indent), '']),
    ...differences.flatMap((report) => [differenceTitle(report), ...differenceLines(report).map(indent), '']),
    ...ownerLines(plan),
    ...upgradeLines(plan),
    verdictLine(plan),
    `Plan digest ${plan.digest}`,
  ].join('\n');
}

/** The plan for a step summary or a comment on a pull request. */
export function planMarkdown(plan: Plan, differences: DifferenceReport[]): string {
  return [
    `### Plan for ${plan.environment}`,
    '',
    verdictLine(plan),
    '',
    ...[...ownerLines(plan), ...upgradeLines(plan)].map((line) =>
      line === '' ? line : `- ${escapeHtml(line.trim())}`,
    ),
    ...plan.clusters.flatMap((cluster) => folded(clusterTitle(cluster), clusterLines(cluster))),
    ...differences.flatMap((report) => folded(differenceTitle(report), differenceLines(report))),
    `Plan digest \`${plan.digest}\``,
    '',
  ].join('\n');
}

function verdictLine(plan: Plan): string {
  const problems = plan.clusters.flatMap((cluster) => cluster.problems).length;
  if (problems > 0) return `This plan cannot be promoted: ${count(problems, 'problem')}.`;
  if (changeCount(plan) === 0) return `Nothing to do: ${plan.environment} is what the bundle says.`;
  return `${count(changeCount(plan), 'change')} in ${count(plan.clusters.length, 'cluster')}.`;
}

/** Whose fields stop the plan, with the ways out, and whose are left to them. */
function ownerLines({ clusters }: Plan): string[] {
  const conflicts = conflictLines(clusters).map((line) => `! ${line}`);
  const lines = [...conflicts, ...leftLines(clusters)];
  return lines.length > 0 ? [...lines, ''] : [];
}

/** How an upgrade goes about it, and what Istio says of the versions on its way. */
function upgradeLines({ upgrade }: Plan): string[] {
  if (!upgrade) return [];
  const { groups, soak, waivers } = upgrade.policy;
  return [
    ...groups.map(({ name, namespaces, tag, batch, soak }, index) => {
      const how = `${count(batch, 'workload')} at a time${soak > 0 ? `, then ${soak} s of soak` : ''}`;
      return `group ${index + 1}, ${name} (tag ${tag}): ${namespaces.join(', ')}; ${how}`;
    }),
    ...(soak > 0 ? [`the whole mesh soaks for ${soak} s before the old revision may be retired`] : []),
    ...waivers.map(
      ({ check, object, reason }) => `waived: ${check}${object === undefined ? '' : ` of ${object}`}, ${reason}`,
    ),
    ...upgrade.notes.map(({ id, title }) => `note ${id}: ${title}`),
    '',
  ];
}

function clusterTitle({ cluster, identity, changes, unchanged, problems, upgrade }: ClusterPlan): string {
  const of = (action: Change['action']) => changes.filter((change) => change.action === action).length;
  const deleted = `${of('delete')} to delete${upgrade ? ' when it is finished' : ''}`;
  const counts = `${of('create')} to create, ${of('update')} to update, ${deleted}, ${unchanged} unchanged`;
  const trouble = problems.length > 0 ? `, ${count(problems.length, 'problem')}` : '';
  const from = upgrade ? `, upgrade from revision ${upgrade.istio.revision} (Istio ${upgrade.istio.version})` : '';
  return `${cluster} (Kubernetes ${identity.version})${from}: ${counts}${trouble}`;
}

function clusterLines({ changes, problems, upgrade }: ClusterPlan): string[] {
  const when = upgrade ? ' (when it is finished)' : '';
  return [
    ...problems.flatMap(problemLines),
    ...changes.flatMap((change) =>
      change.action === 'delete' ? changeLines(change).map((line) => `${line}${when}`) : changeLines(change),
    ),
  ];
}

function changeLines(change: Change): string[] {
  const subject = formatObjectId(change.id);
  switch (change.action) {
    case 'create':
      return [`+ ${subject}${change.validated ? '' : ' (created, not validated before apply)'}`];
    case 'delete':
      return [`- ${subject}`];
    case 'update':
      return [
        `~ ${subject}${change.fields.length === 0 ? ' (takes ownership of its fields)' : ''}`,
        ...change.fields.flatMap(fieldLines).map(indent),
        ...change.taken.map(
          ({ field, owner, reason }) =>
            `    takes ${field} from "${owner}"${reason === undefined ? '' : `; ${reason}`}`,
        ),
      ];
  }
}

function problemLines(problem: Problem): string[] {
  const subject = formatObjectId(problem.id);
  switch (problem.kind) {
    case 'conflict':
      // Said once for all objects and clusters: ownerLines.
      return [];
    case 'invalid':
      return [`! ${subject}: ${problem.reason}`];
  }
}

function differenceTitle({ cluster, comparedTo, differences }: DifferenceReport): string {
  return `${cluster} is rendered ${differences.length === 0 ? 'exactly as' : 'otherwise than'} ${comparedTo}`;
}

function differenceLines({ differences, comparedTo }: DifferenceReport): string[] {
  return differences.flatMap((difference) => linesOfDifference(difference, comparedTo));
}

function linesOfDifference(difference: RenderDifference, comparedTo: string): string[] {
  const subject = formatObjectId(difference.id);
  switch (difference.kind) {
    case 'only here':
      return [`+ ${subject}`];
    case 'only there':
      return [`- ${subject} (only in ${comparedTo})`];
    case 'differs':
      return [`~ ${subject}`, ...difference.fields.flatMap(fieldLines).map(indent)];
  }
}

function fieldLines(change: FieldChange): string[] {
  const { path, before, after } = change;
  if (!('before' in change)) return [`${path}: ${shown(after)} (new)`];
  if (!('after' in change)) return [`${path}: ${shown(before)} (removed)`];
  const isText = typeof before === 'string' && typeof after === 'string' && `${before}${after}`.includes('\n');
  return isText
    ? [`${path}:`, ...textLines(before, after).map(indent)]
    : [`${path}: ${shown(before)} → ${shown(after)}`];
}

/** How many changed lines of one text are worth reading in a plan. */
const mostTextLines = 40;

/** The lines in which two texts differ: a whole file lives in one field of a ConfigMap. */
function textLines(before: string, after: string): string[] {
  const lines = diffLines(before, after).flatMap(({ added, removed, value }) =>
    added || removed
      ? value
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${added ? '+' : '-'} ${shown(line)}`)
      : [],
  );
  const more = lines.length - mostTextLines;
  return more > 0 ? [...lines.slice(0, mostTextLines), `… ${more} more changed lines`] : lines;
}

const longestValue = 200;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replaceAll('\n', '⏎');
  return line.length > longestValue ? `${line.slice(0, longestValue)}… (${line.length} characters)` : line;
}

function folded(title: string, lines: string[]): string[] {
  if (lines.length === 0) return [title, ''];
  // A fence longer than any in the text keeps the cluster's own words from ending the block.
  const longest = Math.max(0, ...[...lines.join('\n').matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [
    '<details open>',
    `<summary>${escapeHtml(title)}</summary>`,
    '',
    `${fence}diff`,
    ...lines,
    fence,
    '',
    '</details>',
    '',
  ];
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function indent(line: string): string {
  return `  ${line}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
