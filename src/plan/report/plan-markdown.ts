import { blankLine, codeBlock, codeSpan, folded, type Markdown, markdown, markdownLines } from '../../text/markdown.ts';
import type { Block } from './blocks.ts';
import type { PlanReport } from './plan-report.ts';
import { blockLines, sectionTitle, type TextOptions } from './plan-text.ts';
import { boundedLines, fitSections, type Section } from './sections.ts';
import { count } from './words.ts';

/** The plan for a step summary or a comment on a pull request. */
export function planMarkdown(
  report: PlanReport,
  { limit = Number.POSITIVE_INFINITY, file = '' }: TextOptions = {},
): Markdown {
  const { title, digest, bundle, verdict, clusters, open, problems, upgrade, warnings, left, footnotes } = report;
  const { sections, cut } = fitSections([...report.changes, ...report.differences], limit);
  const changes = sections.slice(0, report.changes.length);
  return markdownLines([
    markdown`### ${title}`,
    blankLine,
    markdown`Plan digest ${codeSpan(digest)}`,
    blankLine,
    ...(problems.length > 0 ? alert('CAUTION', verdict) : [markdown`**${verdict}**`]),
    blankLine,
    ...clusters.map((line) => markdown`- ${line}`),
    blankLine,
    ...(open.length > 0 ? folded('An upgrade is open', diff(open), true) : []),
    ...(problems.length > 0 ? diff(boundedLines(problems, limit)) : []),
    ...changes.flatMap((section) => foldedSection(sectionTitle(section), section, isOpen(section))),
    ...(upgrade.length > 0 ? folded('How the upgrade goes', diff(upgrade), true) : []),
    ...(warnings.length > 0
      ? folded(`Warnings of the API server (${warnings.length})`, diff(boundedLines(warnings, limit)), true)
      : []),
    ...(left.length > 0 ? folded('Fields left to others', diff(boundedLines(left, limit)), false) : []),
    ...sections.slice(report.changes.length).flatMap((section) => foldedSection(section.title, section, false)),
    ...footnotes.flatMap((note) => [markdown`${note}`, blankLine]),
    ...(cut.length > 0 ? alert('IMPORTANT', `Left out here: ${cut.join(' and ')}; ${file} has all of it.`) : []),
    markdown`Bundle ${codeSpan(bundle)}`,
    blankLine,
  ]);
}

/** An object with more lines is folded by itself, and so is a section. */
const longest = { object: 16, section: 100 };

function foldedSection(title: string, section: Section, isOpen: boolean): Markdown[] {
  return section.blocks.length === 0 ? [markdown`${title}`, blankLine] : folded(title, sectionLines(section), isOpen);
}

function isOpen({ risky, blocks }: Section): boolean {
  return risky || blocks.reduce((sum, { body }) => sum + body.length + 1, 0) <= longest.section;
}

function sectionLines({ blocks }: Section): Markdown[] {
  const lines: Markdown[] = [];
  let together: Block[] = [];
  const flush = () => {
    if (together.length > 0) lines.push(...diff(together.flatMap(blockLines)));
    together = [];
  };
  for (const block of blocks) {
    if (block.body.length <= longest.object) {
      together.push(block);
      continue;
    }
    flush();
    const title = `${block.head} (${count(block.body.length, 'line')})`;
    lines.push(...folded(title, diff(block.body), false));
  }
  flush();
  return lines;
}

function diff(lines: string[]): Markdown[] {
  return codeBlock('diff', lines);
}

function alert(kind: 'CAUTION' | 'IMPORTANT', text: string): Markdown[] {
  return [markdown`> [!${kind}]`, markdown`> ${text}`, blankLine];
}
