import { secretForms } from './secret-forms.ts';

/** The values of one run that nobody may read in its output. */
export interface Secrets {
  /** Hides a value from now on; returns the forms of it that are hidden since. */
  add(value: string): string[];
  /** The text with every form of every secret replaced, however Markdown, HTML, JSON or a log write its characters. */
  hide(text: string): string;
}

/** Keeps secrets apart from everything that is printed. */
export function createSecrets(): Secrets {
  const values = new Set<string>();
  const patterns = new Map<string, RegExp>();
  return {
    add(value) {
      // Credentials are read again for every request.
      if (values.has(value)) return [];
      values.add(value);
      const added = secretForms(value).filter((form) => !patterns.has(form));
      for (const form of added) patterns.set(form, patternOf(form));
      return added;
    },
    hide(text) {
      const spans: Span[] = [];
      for (const [form, pattern] of patterns) if (form.length <= text.length) spans.push(...spansOf(pattern, text));
      return spans.length === 0 ? text : withoutSpans(text, spans);
    },
  };
}

/** Where something begins, and where what follows it begins. */
type Span = [start: number, end: number];

function spansOf(pattern: RegExp, text: string): Span[] {
  const spans: Span[] = [];
  // matchAll would compile the pattern anew for every text.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
    spans.push([match.index, pattern.lastIndex]);
  return spans;
}

/** Two secrets may overlap: nothing of either stays. */
function withoutSpans(text: string, spans: Span[]): string {
  let hidden = '';
  let end = 0;
  for (const [start, next] of spans.sort(([one], [other]) => one - other)) {
    if (start >= end) hidden += `${text.slice(end, start)}***`;
    end = Math.max(end, next);
  }
  return hidden + text.slice(end);
}

/** Text in JSON may be text in JSON again: up to seven backslashes stand before its punctuation. */
function patternOf(form: string): RegExp {
  return new RegExp([...form.replaceAll('\r\n', '\n')].map(characterPattern).join(''), 'gu');
}

function characterPattern(character: string): string {
  if (/[a-z\d]/i.test(character)) return character;
  if (character === '\n') return '(?:\\r?\\n *|\\\\{1,7}n| )';
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  const upper = hex.toUpperCase();
  const units = character.length === 1 ? `|\\\\{1,7}u${hex.padStart(4, '0')}` : '';
  const shown = `|⟦U\\+${upper.padStart(4, '0')}⟧`;
  // Only an element of its own keeps a sign out of a link or a mention.
  return `(?:<span>)?(?:\\\\{0,7}\\u{${hex}}|&#0*${code};|&#[xX]0*(?:${hex}|${upper});${units}${shown}${named[character] ?? ''})(?:</span>)?`;
}

const named: Record<string, string> = {
  '&': '|&amp;',
  '<': '|&lt;',
  '>': '|&gt;',
  '"': '|&quot;',
  "'": '|&apos;',
  '\t': '| {4}|\\\\{1,7}t',
};
