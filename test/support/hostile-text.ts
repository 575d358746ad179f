/** What a text of somebody else may hold to be more than text somewhere: a terminal, a runner, Markdown, HTML. */
export const hostileTexts: readonly string[] = [
  // Lines at column 0.
  'a\r✓ Promote production (1.0 s)',
  'a\n✓ Promote production (1.0 s)',
  'a\r\n::error::forged',
  'a\v✓ forged\f✓ forged\u0085✓ forged\u2028✓ forged\u2029✓ forged',
  '\b\b\b\b✓ forged',
  // Commands to a terminal.
  'a\x1b[8mconcealed\x1b[0m',
  '\x1b[1;31mred',
  '\x1b[2J\x1b[H\x1b]0;title\x07\x1bc',
  '\u009b8m \u009d0;title\u009c',
  '\x1b[?1049h\x1b[5;5H',
  // Characters that turn a text around, or that nobody sees.
  'pod \u202egnp.exe\u202c \u2066x\u2069 \u200f',
  'a\u200bb\ufeff\u00adc\u2060\u3164\u2800\u180e',
  'a\u{e0041}\u{e0042}\ufe0f',
  'a\u00a0\u3000b',
  'z\u0335\u0336\u0337\u0338',
  // Commands to a runner.
  '::error title=forged::forged',
  '##[error]forged',
  '::add-mask::production\n::stop-commands::x',
  '%0A::error::forged',
  'x\nghadelimiter_x\nresult=promoted',
  // Inline Markdown.
  '[click](http://evil.example)',
  '![image](http://evil.example/i.png)',
  '[a][b] [c]: http://evil.example [^1]',
  'http://evil.example/x and HTTPS://evil.example and ftp://evil.example',
  'www.evil.example, WWW.evil.example',
  'someone@evil.example mailto:someone@evil.example xmpp:a@b.example',
  '<http://evil.example> <a@evil.example>',
  '**bold** __bold__ *i* _i_ ~~gone~~ ~gone~ a*b*c',
  '`code` ``code`` `',
  'back\\slash\\',
  '&lt;b&gt; &#60;b&#62; &amp; &copy; &#x2a;x&#x2a;',
  // GitHub's own.
  '@octocat and @octo-org/team',
  '#123 octo/repo#4 GH-12 gh-12',
  ':tada: :+1::100: 10:20:30',
  '$x$ $$y$$ $`z`$',
  // Blocks.
  '# heading',
  'a\n\n# heading\n\nb',
  'a\n===',
  'a\n---',
  '---',
  '***',
  '- item',
  '+ item',
  '* item',
  '1. item',
  '23) item',
  '1.',
  '> quote',
  '- [ ] task',
  '    code',
  '\tcode',
  '```\na\n```',
  '~~~\na',
  'a\n````\nb\n`````',
  '[b]: http://evil.example',
  '[^1]: note',
  '| a | b |',
  'a | b',
  '|-|-|\n|x|y|',
  ':-:',
  '\\|',
  // HTML.
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</details></summary><h1>x</h1>',
  '</td></tr></table><!-- ',
  '<svg/onload=alert(1)><style>*{display:none}</style>',
  '</title></style></script><base href=http://evil.example>',
  '" onmouseover="alert(1)" x=\'',
  'javascript:alert(1)',
  'http://x" onclick="alert(1)',
  ']]> --> {{ 7*7 }}',
];

/** The worst of them in one. */
const sharpest =
  '\r✓ a\n::error::b\n\n# c\n===\n- [d](http://e.example) ![f](g) <b>**h**</b> `i` | j \x1b[8m\u202ek\n```\n@l #1 :m: $n$ "o"\'';

/** Steps from a document to one string in it; of a key, with `key` set. */
export interface Place {
  path: readonly (string | number)[];
  key?: true;
}

/** Every string of a document, and every name of a mapping, those in lists of like things once. */
export function placesOf(document: unknown): Place[] {
  const found = new Map<string, Place>();
  const visit = (value: unknown, path: readonly (string | number)[]) => {
    const kind = path.map((step) => (typeof step === 'number' ? '*' : step)).join('/');
    if (typeof value === 'string' && !found.has(kind)) found.set(kind, { path });
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, [...path, index]));
    else for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
  };
  visit(document, []);
  return [...found.values()];
}

/** The names in a mapping of names, as places of their own. */
export function keysAt(document: unknown, path: readonly (string | number)[]): Place[] {
  const mapping = path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], document);
  return Object.keys(mapping as object)
    .slice(0, 1)
    .map((key) => ({ path: [...path, key], key: true }));
}

export function placeText({ path, key }: Place): string {
  return `/${path.join('/')}${key ? ' (name)' : ''}`;
}

/** The document with that text in that place. */
export function planted<T>(document: T, { path, key }: Place, text: string): T {
  const [step, ...rest] = path;
  if (step === undefined) return text as T;
  const inner = { path: rest, ...(key ? { key } : {}) };
  if (Array.isArray(document)) {
    return document.map((item, index) => (index === step ? planted(item, inner, text) : item)) as T;
  }
  const entries = Object.entries(document as object).map(([name, value]): [string, unknown] => {
    if (name !== step) return [name, value];
    if (key && rest.length === 0) return [text, value];
    return [name, planted(value, inner, text)];
  });
  return Object.fromEntries(entries) as T;
}

export interface Planting {
  where: string;
  hostile: unknown;
  /** The same with words in the place of the hostile texts, equal ones where those are equal. */
  harmless: unknown;
  texts: readonly { hostile: string; harmless: string }[];
}

interface Planted {
  document: unknown;
  places: readonly Place[];
}

/**
 * Every hostile text in every place of a document: in all places at once, a different one in each, until each has been in
 * each; and in one place at a time, the worst.
 */
export function* plantings({ document, places }: Planted, how: 'all' | 'at once' = 'all'): Generator<Planting> {
  for (let round = 0; round < hostileTexts.length; round += 1) {
    // Apart from their neighbours in the list, which are alike.
    const at = (index: number) => (round + index * 7) % hostileTexts.length;
    const fill = (textOf: (at: number) => string) =>
      places.reduce<unknown>((whole, place, index) => planted(whole, place, textOf(at(index))), document);
    const texts = hostileTexts.map((hostile, index) => ({ hostile, harmless: `harmless${index}x` }));
    yield {
      where: `round ${round}`,
      hostile: fill((index) => texts[index]?.hostile ?? ''),
      harmless: fill((index) => texts[index]?.harmless ?? ''),
      texts: texts.filter((_, index) => places.some((_place, place) => at(place) === index)),
    };
  }
  if (how === 'at once') return;
  for (const place of places) {
    const texts = [{ hostile: sharpest, harmless: 'harmless' }];
    const [bad, good] = [planted(document, place, sharpest), planted(document, place, 'harmless')];
    yield { where: placeText(place), hostile: bad, harmless: good, texts };
  }
}
