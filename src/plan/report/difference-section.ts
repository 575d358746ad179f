import { visibleText } from '../../text/visible-text.ts';
import type { FieldChange } from '../field-changes.ts';
import type { RenderDifference } from '../render-difference.ts';
import { type Block, idText } from './blocks.ts';
import { fieldLines, yamlLines } from './field-lines.ts';
import type { Section } from './sections.ts';
import { count } from './words.ts';

/** How one cluster's render differs from that of the environment before. */
export interface DifferenceReport {
  cluster: string;
  comparedTo: string;
  differences: RenderDifference[];
}

/** The differences that somebody chose, in full; fields that follow from the cluster's name, by number. */
export function differenceSection({ cluster, comparedTo, differences }: DifferenceReport): Section {
  const names = { here: cluster, there: comparedTo };
  const chosen = differences.flatMap((difference) => withoutRenamed(difference, names) ?? []);
  const renamed = fieldCount(differences) - fieldCount(chosen);
  const how = [
    ...(chosen.length > 0 ? [count(chosen.length, 'object')] : []),
    ...(renamed > 0 ? [`${count(renamed, 'field')} with the name of the cluster`] : []),
  ];
  const title = `${cluster} is rendered ${how.length === 0 ? 'exactly as' : 'like'} ${comparedTo}${how.length === 0 ? '' : ` but for ${how.join(' and ')}`}`;
  return { title: visibleText(title), risky: false, blocks: chosen.map((each) => blockOf(each, comparedTo)) };
}

interface Names {
  here: string;
  there: string;
}

function fieldCount(differences: readonly RenderDifference[]): number {
  return differences.reduce((sum, each) => sum + (each.kind === 'differs' ? each.fields.length : 0), 0);
}

/** Undefined where nothing else is left. */
function withoutRenamed(difference: RenderDifference, names: Names): RenderDifference | undefined {
  if (difference.kind !== 'differs') return difference;
  const fields = difference.fields.filter((field) => !isRenamed(field, names));
  return fields.length > 0 ? { ...difference, fields } : undefined;
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
