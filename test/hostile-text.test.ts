import { describe, expect, test } from 'vitest';
import { colouredDiff } from '../src/adapters/runner/coloured-diff.ts';
import { parseYaml, printYaml } from '../src/mesh/yaml.ts';
import { foreignLines } from '../src/text/foreign-lines.ts';
import { jsonText } from '../src/text/json-text.ts';
import { logText } from '../src/text/log-text.ts';
import { markdownSource } from '../src/text/markdown.ts';
import { type Planting, plantings } from './support/hostile-text.ts';
import { lookAtMarkdown } from './support/markdown-look.ts';
import { renderedDocuments } from './support/rendered-documents.ts';
import { lookAtTerminal } from './support/terminal-look.ts';

type Output = 'markdown' | 'text';

const having = (output: Output) =>
  renderedDocuments.flatMap((rendered) => (rendered[output] ? [[rendered.name, rendered] as const] : []));

/** What a text has in common with every way to show it: quoted, escaped, on one line or several. */
function essence(text: string): string {
  return foreignLines(text)
    .join('')
    .replace(/⟦U\+[0-9A-F]+⟧|\\x[0-9A-F]{2}|\\u[0-9A-F]{4}|\\U[0-9A-F]{8}|[\s"'\\|>!+-]|\p{M}/giu, '');
}

/** Every text that is shown where it is harmless is shown where it is hostile. */
function expectShown(seen: string, plain: string, { where, texts }: Planting): void {
  // A diff has values as YAML, with its escapes, and says after the first line of a text where it is so.
  const shown = essence(
    seen.replaceAll(' · in east', '').replace(/^[+ -].*\s".*$/gm, (line) => line.replace(/\\[abefnrtv0N_LP]/g, '')),
  );
  for (const { harmless, hostile } of texts)
    if (plain.includes(harmless)) expect(shown, where).toContain(essence(hostile));
}

const unprintable = /[^\P{C}\n]|[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u;
const commands = /^\s*::|##\[/m;

describe('Markdown shows text of others as text', () => {
  test.each(having('markdown'))('in %s', (_name, rendered) => {
    const render = (document: unknown) =>
      lookAtMarkdown(markdownSource(rendered.markdown?.(document as never) ?? expect.fail()));
    for (const planting of plantings(rendered)) {
      const { where, hostile, harmless } = planting;
      const [seen, plain] = [render(hostile), render(harmless)];
      expect(seen.suspicious, where).toEqual([]);
      expect(seen.tables, where).toEqual(plain.tables);
      // A text of many lines is folded, by HTML of our own; one with a backtick is in no code span.
      const { html: _, inlineCode: spans = 0, ...nodes } = seen.nodes;
      const { html: __, inlineCode: most = 0, ...others } = plain.nodes;
      expect(nodes, where).toEqual(others);
      expect(spans, where).toBeLessThanOrEqual(most);
      expectShown(seen.text, plain.text, planting);
    }
  });
});

describe('a log shows text of others as text', () => {
  test.each(having('text'))('in %s', (_name, rendered) => {
    const render = (document: unknown) => (rendered.text?.(document as never) ?? expect.fail()).map(logText).join('\n');
    // A line of a block of a diff begins with its sign, as far in as what is under a field.
    const begun = (printed: string) =>
      printed.split('\n').filter((line) => !/^(?:[+\-!](?: {3}|$)| |$)/.test(line)).length;
    for (const planting of plantings(rendered)) {
      const { where, hostile, harmless } = planting;
      const [printed, plain] = [render(hostile), render(harmless)];
      expect(printed, where).not.toMatch(unprintable);
      expect(printed, where).not.toMatch(commands);
      expect(begun(printed), where).toBeLessThanOrEqual(begun(plain));
      expectShown(printed, plain, planting);
    }
  });
});

describe('a terminal obeys nothing in text of others', () => {
  test.each(having('text'))('in %s', async (_name, rendered) => {
    const print = (document: unknown, style: (line: string) => string) =>
      (rendered.text?.(document as never) ?? expect.fail()).map((line) => `${style(logText(line))}\n`).join('');
    for (const { where, hostile, harmless } of plantings(rendered, 'at once')) {
      const [seen, plain, inColour] = await Promise.all([
        lookAtTerminal(print(hostile, String)),
        lookAtTerminal(print(harmless, String)),
        lookAtTerminal(print(hostile, colouredDiff)),
      ]);
      expect(seen, where).toMatchObject({ styled: 0, mixed: [], concealed: [], titles: [], isPlain: true });
      expect(seen.begun, where).toBeLessThanOrEqual(plain.begun);
      expect(inColour, where).toMatchObject({ mixed: [], concealed: [], titles: [], isPlain: true });
      expect(inColour.lines, where).toEqual(seen.lines);
    }
  });
});

describe('JSON and YAML hold text of others exactly', () => {
  test.each(renderedDocuments.map((rendered) => [rendered.name, rendered] as const))('in %s', (_name, rendered) => {
    for (const { where, hostile } of plantings(rendered)) {
      const document: unknown = JSON.parse(JSON.stringify(hostile));
      const json = jsonText(document, { indent: 2 });
      expect(JSON.parse(json), where).toEqual(document);
      expect(json, where).not.toMatch(unprintable);
      expect(json, where).not.toMatch(commands);
      expect(parseYaml(printYaml(document), 'a.yaml'), where).toEqual([document]);
    }
  });
});
