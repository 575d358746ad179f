import { EVENT_ID, type Event } from 'js-yaml';
import { startOf } from './positions.ts';

/** How much one YAML text may hold. A mesh of a thousand clusters stays far below; what is above is damaged, or meant to harm. */
export interface YamlLimits {
  /** Characters of the text. */
  characters: number;
  /** Keys, items and values. */
  nodes: number;
  /** Mappings and lists inside of each other. */
  depth: number;
  /** Characters that aliases stand for, written out. */
  aliased: number;
}

const mebi = 1024 * 1024;

export const yamlLimits: YamlLimits = {
  characters: 32 * mebi,
  nodes: 2_000_000,
  depth: 100,
  aliased: 4 * mebi,
};

export interface LimitProblem {
  /** Where in the text. */
  offset: number;
  message: string;
}

export function textProblem(text: string, { characters }: YamlLimits): LimitProblem | undefined {
  if (text.length <= characters) return undefined;
  const message = `expected at most ${amount(characters)} of YAML in one file, got ${amount(text.length)}; split the file`;
  return { offset: 0, message };
}

export function depthMessage({ depth }: YamlLimits): string {
  return `expected at most ${depth} mappings and lists inside of each other, got more; write it flatter`;
}

/** What is too much in the events of a text, before any value is made of them. */
export function sizeProblem(text: string, events: readonly Event[], limits: YamlLimits): LimitProblem | undefined {
  if (events.length > limits.nodes) {
    const got = events.length.toLocaleString('en');
    const message = `expected at most ${limits.nodes.toLocaleString('en')} keys, items and values in one file, got ${got}; split the file`;
    return { offset: 0, message };
  }
  return aliasedProblem(text, events, limits);
}

/** What a key, an item or a value adds to a text at least: its indentation, its marks and its line end. */
const nodeSize = 8;

/** A few lines whose aliases stand for aliases grow to gigabytes. */
function aliasedProblem(text: string, events: readonly Event[], { aliased }: YamlLimits): LimitProblem | undefined {
  const sizes = new Map<string, number>();
  const open: { anchor: string | undefined; size: number }[] = [];
  const add = (size: number) => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.size += size;
  };
  let total = 0;
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        sizes.clear();
        open.push({ anchor: undefined, size: 0 });
        break;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        open.push({ anchor: anchorOf(text, event), size: nodeSize });
        break;
      case EVENT_ID.SCALAR: {
        const size = nodeSize + event.valueEnd - event.valueStart;
        const anchor = anchorOf(text, event);
        if (anchor !== undefined) sizes.set(anchor, size);
        add(size);
        break;
      }
      case EVENT_ID.ALIAS: {
        // One inside of what it stands for is refused elsewhere.
        const size = sizes.get(text.slice(event.anchorStart, event.anchorEnd)) ?? 0;
        total += size;
        if (total > aliased) {
          const message = `expected aliases that stand for at most ${amount(aliased)} in one file, got more; write out what is meant, and less of it`;
          return { offset: startOf(event), message };
        }
        add(size);
        break;
      }
      case EVENT_ID.POP: {
        const closed = open.pop();
        if (closed?.anchor !== undefined) sizes.set(closed.anchor, closed.size);
        add(closed?.size ?? 0);
        break;
      }
    }
  }
  return undefined;
}

function anchorOf(text: string, { anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }) {
  return anchorStart < 0 ? undefined : text.slice(anchorStart, anchorEnd);
}

function amount(characters: number): string {
  return characters < mebi ? `${characters} characters` : `${Math.ceil(characters / mebi)} MiB`;
}
