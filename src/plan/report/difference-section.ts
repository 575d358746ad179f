import type { FieldChange } from '../field-changes.ts';
import type { RenderDifference } from '../render-difference.ts';
import { type Block, idText } from './blocks.ts';
import { fieldLines, yamlLines } from './field-lines.ts';
import type { Section } from './sections.ts';
import { visibleText } from './visible-text.ts';
import { count } from './words.ts';

/** How one cluster's render differs from that of the environment before. */
export interface DifferenceReport {
  cluster: string;
  comparedTo: string;
  differences: RenderDifference[];
}

/** The differences that somebody chose, in full; those that follow from the cluster's name, by number. */
export function differenceSection({ cluster, comparedTo, differences }: DifferenceReport): Section {
  const names = { here: cluster, there: comparedTo };
  const chosen = differences.filter((difference) => !followsFromName(difference, names));
  const inevitable = differences.length - chosen.length;
  const also = inevitable > 0 ? `; ${count(inevitable, 'object')} in the name of the cluster alone` : '';
  const title =
    differences.length === 0
      ? `${cluster} is rendered exactly as ${comparedTo}`
      : `${cluster} is rendered like ${comparedTo} but for ${count(chosen.length, 'object')}${also}`;
  return { title: visibleText(title), risky: false, blocks: chosen.map((each) => blockOf(each, comparedTo)) };
}

interface Names {
  here: string;
  there: string;
}

function followsFromName(difference: RenderDifference, names: Names): boolean {
  return difference.kind === 'differs' && difference.fields.every((field) => isRenamed(field, names));
}

function isRenamed(field: FieldChange, { here, there }: Names): boolean {
  if ('order' in field) return false;
  if ('patch' in field) {
    const side = (sign: string) => field.patch.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
    return side('-').join('').replaceAll(there, here) === side('+').join('');
  }
  const { before, after } = field;
  return typeof before === 'string' && typeof after === 'string' && before.replaceAll(there, here) === after;
}

function blockOf(difference: RenderDifference, comparedTo: string): Block {
  const { id } = difference;
  switch (difference.kind) {
    case 'only here':
      return { head: `+ ${idText(id)}`, body: yamlLines('+', difference.object), kind: id.kind };
    case 'only there':
      return { head: `- ${idText(id)}, only in ${visibleText(comparedTo)}`, body: [], kind: id.kind };
    case 'differs':
      return { head: `~ ${idText(id)}`, body: difference.fields.flatMap(fieldLines), kind: id.kind };
  }
}
