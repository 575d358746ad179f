import type { stages } from '../../bundle/bundle.ts';
import type { Change, Plan } from '../plan.ts';
import { type Block, type ChangeBlock, changeBlocks, policyBlocks } from './blocks.ts';
import { risks, riskTitles } from './risk.ts';
import { count } from './words.ts';

/** Some of a plan's changes under one heading. */
export interface Section {
  title: string;
  /** A reader must look at it before all others. */
  risky: boolean;
  blocks: Block[];
}

/** The stages as a reader wants them: what people wrote before what Istio's charts and its CRDs bring. */
const readingOrder = [
  'namespaces',
  'config',
  'gateways',
  'base',
  'revision',
  'crds',
  'routing',
] satisfies (typeof stages)[number][];

/** Every change of a plan, what is risky first. */
export function changeSections(plan: Plan): Section[] {
  const changes = changeBlocks(plan);
  const policy = policyBlocks(plan);
  const loosened = policy.filter(({ loosens }) => loosens);
  const kept = policy.filter(({ loosens }) => !loosens);
  return [
    ...risks.map((risk): Section => {
      const blocks = risk === 'policy' ? loosened : changes.filter((change) => change.risk === risk);
      return { title: `${riskTitles[risk]} (${blocks.length})`, risky: true, blocks };
    }),
    { title: `Policy (${kept.length})`, risky: false, blocks: kept },
    ...readingOrder.map((stage): Section => {
      const blocks = changes.filter((change) => change.risk === undefined && change.stage === stage);
      return { title: `Stage ${stage}: ${countsOf(blocks)}`, risky: false, blocks };
    }),
  ].filter(({ blocks }) => blocks.length > 0);
}

function countsOf(blocks: readonly ChangeBlock[]): string {
  const actions: [Change['action'], string][] = [
    ['create', 'to create'],
    ['update', 'to update'],
    ['delete', 'to delete'],
  ];
  return actions
    .map(([action, words]) => [blocks.filter((block) => block.action === action).length, words] as const)
    .filter(([number]) => number > 0)
    .map(([number, words]) => `${number} ${words}`)
    .join(', ');
}

/** Sections cut to a size. */
export interface FittedSections {
  sections: Section[];
  /** What was left out, in words; empty where all of it is there. */
  cut: string[];
}

/** What a line costs beside its text, and what an object costs where it is folded by itself. */
const overhead = { line: 1, object: 96 };

/**
 * As many whole objects as fit: first every object's one line, then their contents in the order of the sections, those
 * that are too long left out. `size` and what it is compared with are bytes.
 */
export function fitSections(sections: readonly Section[], size: number): FittedSections {
  let left = size;
  const takes = (lines: readonly string[], extra = 0) => {
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + overhead.line, extra);
    if (bytes > left) return false;
    left -= bytes;
    return true;
  };
  const unnamed: Block[] = [];
  const named = sections.map((section) => ({
    ...section,
    blocks: section.blocks.filter((block) => takes([block.head], overhead.object) || !unnamed.push(block)),
  }));
  const unseen: Block[] = [];
  const fitted = named.map((section) => ({
    ...section,
    blocks: section.blocks.map((block) => {
      if (takes(block.body)) return block;
      unseen.push(block);
      return { ...block, head: `${block.head} … ${count(block.body.length, 'line')}, left out here`, body: [] };
    }),
  }));
  return {
    sections: fitted,
    cut: [
      ...(unseen.length > 0 ? [`the contents of ${kindsOf(unseen)}`] : []),
      ...(unnamed.length > 0 ? [`${kindsOf(unnamed)} altogether`] : []),
    ],
  };
}

/** Lines of one kind that a bounded report shows. */
const mostLines = 500;

/** The first lines, and how many more there are; all of them where the report is not bounded. */
export function boundedLines(lines: readonly string[], limit: number): string[] {
  const more = Number.isFinite(limit) ? lines.length - mostLines : 0;
  return more > 0 ? [...lines.slice(0, mostLines), `… and ${count(more, 'line')} more`] : [...lines];
}

function kindsOf(blocks: readonly Block[]): string {
  const kinds = [...Map.groupBy(blocks, ({ kind }) => kind)].map(([kind, { length }]) => `${length} ${kind}`);
  return `${count(blocks.length, 'object')} (${kinds.sort().join(', ')})`;
}
