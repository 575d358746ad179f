import type { Block } from './blocks.ts';
import type { PlanReport } from './plan-report.ts';
import { blockLines, sectionTitle, type TextOptions } from './plan-text.ts';
import { boundedLines, fitSections, type Section } from './sections.ts';
import { count } from './words.ts';

/** The plan for a step summary or a comment on a pull request. */
export function planMarkdown(
  report: PlanReport,
  { limit = Number.POSITIVE_INFINITY, file = '' }: TextOptions = {},
): string {
  const { title, digest, bundle, verdict, clusters, open, problems, upgrade, warnings, left, footnotes } = report;
  const { sections, cut } = fitSections([...report.changes, ...report.differences], limit);
  const changes = sections.slice(0, report.changes.length);
  return [
    `### ${asMarkdown(title)}`,
    '',
    `Plan digest \`${digest}\``,
    '',
    ...(problems.length > 0 ? alert('CAUTION', verdict) : [`**${asMarkdown(verdict)}**`]),
    '',
    ...clusters.map((line) => `- ${asMarkdown(line)}`),
    '',
    ...(open.length > 0 ? folded('An upgrade is open', fenced(open), true) : []),
    ...(problems.length > 0 ? fenced(boundedLines(problems, limit)) : []),
    ...changes.flatMap((section) => folded(sectionTitle(section), sectionLines(section), isOpen(section))),
    ...(upgrade.length > 0 ? folded('How the upgrade goes', fenced(upgrade), true) : []),
    ...(warnings.length > 0
      ? folded(`Warnings of the API server (${warnings.length})`, fenced(boundedLines(warnings, limit)), true)
      : []),
    ...(left.length > 0 ? folded('Fields left to others', fenced(boundedLines(left, limit)), false) : []),
    ...sections.slice(report.changes.length).flatMap((section) => folded(section.title, sectionLines(section), false)),
    ...footnotes.flatMap((note) => [asMarkdown(note), '']),
    ...(cut.length > 0 ? alert('IMPORTANT', `Left out here: ${cut.join(' and ')}; ${file} has all of it.`) : []),
    `Bundle \`${bundle}\``,
    '',
  ].join('\n');
}

/** An object with more lines is folded by itself, and so is a section. */
const longest = { object: 16, section: 100 };

function isOpen({ risky, blocks }: Section): boolean {
  return risky || blocks.reduce((sum, { body }) => sum + body.length + 1, 0) <= longest.section;
}

function sectionLines({ blocks }: Section): string[] {
  const lines: string[] = [];
  let together: Block[] = [];
  const flush = () => {
    if (together.length > 0) lines.push(...fenced(together.flatMap(blockLines)));
    together = [];
  };
  for (const block of blocks) {
    if (block.body.length <= longest.object) {
      together.push(block);
      continue;
    }
    flush();
    const title = `${block.head} (${count(block.body.length, 'line')})`;
    lines.push(...folded(title, fenced(block.body), false));
  }
  flush();
  return lines;
}

function folded(title: string, lines: string[], isOpen: boolean): string[] {
  if (lines.length === 0) return [asMarkdown(title), ''];
  return [`<details${isOpen ? ' open' : ''}>`, `<summary>${asHtml(title)}</summary>`, '', ...lines, '</details>', ''];
}

function fenced(lines: string[]): string[] {
  // A fence longer than any in the text keeps the cluster's own words from ending the block.
  const longest = lines.reduce(
    (most, line) => Math.max(most, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)),
    0,
  );
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}diff`, ...lines, fence, ''];
}

function alert(kind: 'CAUTION' | 'IMPORTANT', text: string): string[] {
  return [`> [!${kind}]`, `> ${asMarkdown(text)}`, ''];
}

/** What HTML would take for its own. */
function asHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What Markdown would take for its own in a line, too. */
function asMarkdown(text: string): string {
  return asHtml(text.replace(/[\\`*_[\]!|~]/g, '\\$&'));
}
