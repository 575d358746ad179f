import { createHash } from 'node:crypto';
import { DeliveryError } from '../errors.ts';

/** A ConfigMap holds 1 MiB, and so does a request that etcd takes: half of it leaves room for both. */
export const largestPart = 512 * 1024;

/** How many parts anything of ours may have: etcd is no store for more. */
export const mostParts = 128;

/** A further part of a text, in a ConfigMap of its own that is named by its content. */
export interface StatePart {
  name: string;
  text: string;
}

/** A text as it is kept: its beginning in the ConfigMap of its name, which names every further part in order. */
export interface SplitText {
  head: string;
  parts: StatePart[];
}

/** Splits a text at ends of lines; `StateTooLarge` (refused) where it has more parts than may be kept. */
export function splitText(name: string, text: string, largest = largestPart): SplitText {
  const [head = '', ...rest] = piecesOf(text, largest);
  refuseTooLarge(`ConfigMap ${name}`, { parts: rest.length + 1, bytes: Buffer.byteLength(text) });
  return { head, parts: rest.map((piece) => ({ name: partName(name, piece), text: piece })) };
}

/** What cannot be kept at the end must not be begun. */
export function refuseTooLarge(what: string, { parts, bytes }: { parts: number; bytes: number }): void {
  if (parts <= mostParts) return;
  const size = (count: number) => `${Math.ceil(count / 1024 / 1024)} MiB`;
  throw new DeliveryError(
    `${what} cannot be written: it would have ${size(bytes)}, and a cluster keeps at most ${size(mostParts * largestPart)} of it; split the mesh into several`,
    { code: 'StateTooLarge', kind: 'refused' },
  );
}

/** Whether the text is the one that the part was named by. */
export function isWhole({ name, text }: StatePart): boolean {
  return name.endsWith(`-${contentOf(text)}`);
}

function partName(name: string, text: string): string {
  return `${name}-${contentOf(text)}`;
}

function contentOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Pieces of at most so many bytes, together the text. A line that is longer than that is cut between characters. */
function piecesOf(text: string, largest: number): string[] {
  const pieces: string[] = [];
  let piece: string[] = [];
  let size = 0;
  for (const line of text.split(/(?<=\n)/)) {
    for (const segment of segmentsOf(line, largest)) {
      const bytes = Buffer.byteLength(segment);
      if (size + bytes > largest && piece.length > 0) {
        pieces.push(piece.join(''));
        piece = [];
        size = 0;
      }
      piece.push(segment);
      size += bytes;
    }
  }
  return [...pieces, piece.join('')];
}

function segmentsOf(line: string, largest: number): string[] {
  if (Buffer.byteLength(line) <= largest) return [line];
  // Four bytes are the longest character there is.
  const length = Math.max(1, Math.floor(largest / 4));
  const characters = [...line];
  return Array.from({ length: Math.ceil(characters.length / length) }, (_, index) =>
    characters.slice(index * length, (index + 1) * length).join(''),
  );
}
