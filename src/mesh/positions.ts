import { EVENT_ID, type Event, getScalarValue, parseEvents } from 'js-yaml';

export type Path = readonly (string | number)[];

/** Tells the line (from 1) on which a path of a YAML document stands; of a path that is not there, its parent's. */
export type LineOf = (path: Path) => number;

/** Reads where the first document of a YAML text has its keys and items. The text must be valid. */
export function readPositions(text: string): LineOf {
  const offsets = new Map<string, number>();
  readNode({ text, events: parseEvents(text, {}), next: 1, offsets }, []);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return lineAt(text, offset);
    }
    return 1;
  };
}

interface Reader {
  text: string;
  events: readonly Event[];
  /** Index of the next event to read. */
  next: number;
  offsets: Map<string, number>;
}

function readNode(reader: Reader, path: Path): void {
  const event = take(reader);
  if (event?.type === EVENT_ID.MAPPING) readMapping(reader, path);
  else if (event?.type === EVENT_ID.SEQUENCE) readSequence(reader, path);
}

function readMapping(reader: Reader, path: Path): void {
  while (!atEnd(reader)) {
    const key = reader.events[reader.next];
    const keyPath = [...path, key?.type === EVENT_ID.SCALAR ? getScalarValue(reader.text, key) : ''];
    reader.offsets.set(keyOf(keyPath), startOf(key));
    readNode(reader, keyPath);
    readNode(reader, keyPath);
  }
  take(reader);
}

function readSequence(reader: Reader, path: Path): void {
  for (let index = 0; !atEnd(reader); index++) {
    const itemPath = [...path, index];
    reader.offsets.set(keyOf(itemPath), startOf(reader.events[reader.next]));
    readNode(reader, itemPath);
  }
  take(reader);
}

function take(reader: Reader): Event | undefined {
  return reader.events[reader.next++];
}

function atEnd(reader: Reader): boolean {
  const event = reader.events[reader.next];
  return event === undefined || event.type === EVENT_ID.POP;
}

function startOf(event: Event | undefined): number {
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

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
