import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';

export type Path = readonly (string | number)[];

/**
 * Tells the line (from 1) on which a path of a YAML document stands; of a path that is not there, its parent's. The
 * document itself stands where its first key does.
 */
export type LineOf = (path: Path) => number;

/** A key, an item or a value of a YAML document. */
export interface YamlNode {
  event: Event;
  /** Of the value that the key leads to, or of the value itself. */
  path: Path;
  isKey: boolean;
}

/** Visits every node of one document, given by its events. */
export function visitNodes(text: string, events: readonly Event[], visit: (node: YamlNode) => void): void {
  // The first event opens the document.
  readNode({ text, events, next: 1, visit }, [], false);
}

/** Reads, when it is first asked, where a document has its keys and items. */
export function positionsOf(text: string, events: readonly Event[], lineAt: (offset: number) => number): LineOf {
  let offsets: Map<string, number> | undefined;
  return (path) => {
    if (path.length > 0) offsets ??= offsetsOf(text, events);
    for (let length = path.length; length > 0; length--) {
      const offset = offsets?.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return lineAt(offset);
    }
    return lineAt(startOf(firstKey(events)));
  };
}

function offsetsOf(text: string, events: readonly Event[]): Map<string, number> {
  const offsets = new Map<string, number>();
  visitNodes(text, events, ({ event, path, isKey }) => {
    // Items of lists are values, keys of mappings come before theirs.
    if (isKey || typeof path.at(-1) === 'number') offsets.set(keyOf(path), startOf(event));
  });
  return offsets;
}

/** Lines of offsets in a text. */
export function linesOf(text: string): (offset: number) => number {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** Where a node begins in the text. */
export function startOf(event: Event | undefined): number {
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart;
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
    case undefined:
      return 0;
  }
}

function firstKey(events: readonly Event[]): Event | undefined {
  const [, root, first] = events;
  return root?.type === EVENT_ID.MAPPING && first?.type !== EVENT_ID.POP ? first : root;
}

interface Reader {
  text: string;
  events: readonly Event[];
  /** Index of the next event to read. */
  next: number;
  visit: (node: YamlNode) => void;
}

function readNode(reader: Reader, path: Path, isKey: boolean): void {
  const event = reader.events[reader.next++];
  if (event === undefined) return;
  reader.visit({ event, path, isKey });
  if (event.type === EVENT_ID.MAPPING) readMapping(reader, path);
  else if (event.type === EVENT_ID.SEQUENCE) readSequence(reader, path);
}

function readMapping(reader: Reader, path: Path): void {
  while (!atEnd(reader)) {
    const key = reader.events[reader.next];
    const keyPath = [...path, key?.type === EVENT_ID.SCALAR ? getScalarValue(reader.text, key) : ''];
    readNode(reader, keyPath, true);
    readNode(reader, keyPath, false);
  }
  reader.next++;
}

function readSequence(reader: Reader, path: Path): void {
  for (let index = 0; !atEnd(reader); index++) readNode(reader, [...path, index], false);
  reader.next++;
}

function atEnd(reader: Reader): boolean {
  const event = reader.events[reader.next];
  return event === undefined || event.type === EVENT_ID.POP;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
