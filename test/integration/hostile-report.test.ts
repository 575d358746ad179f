import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../../scripts/browser.ts';
import { foreignLines } from '../../src/text/foreign-lines.ts';
import { plantings } from '../support/hostile-text.ts';
import { renderedDocuments } from '../support/rendered-documents.ts';

function installedBrowser(): string {
  return (
    browserPath() ??
    expect.fail('there is no Chromium: install the package chromium, or set CHROMIUM to the path of one')
  );
}

interface PageLook {
  /** How many elements there are of each name, with the names of their attributes. */
  elements: Record<string, number>;
  links: string[];
  text: string;
}

/** Runs in the browser, which has types of its own. */
const lookAtPage = `(() => {
  const elements = {};
  for (const element of document.querySelectorAll('*')) {
    const names = element.getAttributeNames().filter((name) => name !== 'class').sort();
    const key = [element.localName, ...names].join(' ');
    elements[key] = (elements[key] ?? 0) + 1;
  }
  const links = [...document.querySelectorAll('a')].map(({ protocol }) => protocol);
  return { elements, links, text: document.body.textContent };
})()`;

describe('a browser shows text of others as text', () => {
  let browser: Browser;
  let page: Page;
  const requested: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: installedBrowser() });
    page = await browser.newPage();
    page.on('request', (request) => requested.push(request.url()));
    page.on('dialog', (dialog) => {
      requested.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  });

  afterAll(() => browser.close());

  const reports = renderedDocuments.filter(({ html }) => html !== undefined);

  test.each(reports.map((report) => [report.name, report] as const))('in the report of %s', async (_name, report) => {
    const look = async (document: unknown) => {
      await page.setContent(report.html?.(document as never) ?? '');
      return page.evaluate<PageLook>(lookAtPage);
    };
    for (const { where, hostile, harmless, texts } of plantings(report)) {
      const [seen, plain] = [await look(hostile), await look(harmless)];
      // The address of a run is a link where it is one.
      const { 'a href rel': links = 0, ...elements } = seen.elements;
      const { 'a href rel': most = 0, ...others } = plain.elements;
      expect(elements, where).toEqual(others);
      expect(links, where).toBeLessThanOrEqual(most + 1);
      expect(
        seen.links.filter((scheme) => scheme !== 'https:' && scheme !== 'http:'),
        where,
      ).toEqual([]);
      const essence = (text: string) => text.replace(/⟦U\+[0-9A-F]+⟧|\s/g, '');
      for (const { harmless, hostile } of texts)
        if (plain.text.includes(harmless))
          expect(essence(seen.text), where).toContain(essence(foreignLines(hostile).join('')));
    }
    expect(requested).toEqual([]);
  });
});
