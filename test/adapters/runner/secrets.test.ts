import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSecrets } from '../../../src/adapters/runner/secrets.ts';
import { html, htmlSource } from '../../../src/text/html.ts';
import { jsonText } from '../../../src/text/json-text.ts';
import { logText } from '../../../src/text/log-text.ts';
import { codeBlock, folded, markdown, markdownSource, markdownTable } from '../../../src/text/markdown.ts';
import { visibleText } from '../../../src/text/visible-text.ts';

function hiding(...values: string[]) {
  const secrets = createSecrets();
  for (const value of values) secrets.add(value);
  return secrets.hide;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('hides a value, and a longer value before its part', () => {
  expect(hiding('abcdef', 'abcdefghi')('x abcdefghi abcdef')).toBe('x *** ***');
});

test('hides all of two values that overlap', () => {
  expect(hiding('one-two', 'two-three')('<one-two-three>')).toBe('<***>');
});

test.each(['', '\n', '{', 'true', '12345'])('hides nothing for %j, which is too short to be a secret', (value) => {
  expect(hiding(value)('a\n{ "is": true, "at": 12345 }')).toBe('a\n{ "is": true, "at": 12345 }');
});

test('hides the long lines of a key, and never what is around them', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const hide = hiding(privateKey);
  expect(hide(`key: ${privateKey.trim()}.`)).toBe('key: ***.');
  expect(hide(JSON.stringify({ key: privateKey }))).toBe('{"key":"***\\n"}');
  expect(hide(`data: ${base64(privateKey)}`)).toBe('data: ***');
  const lines = privateKey.split('\n').filter((line) => line.length >= 16 && !line.startsWith('---'));
  for (const line of lines) expect(hide(`> ${line}`)).toBe('> ***');
  expect(hide('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----');
});

test('takes a pretty-printed document for one value, so that its braces and words stay', () => {
  const document = JSON.stringify({ kind: 'Config', users: [{ user: { token: true } }] }, null, 2);
  const hide = hiding(document);
  expect(hide('{ "kind": 1, "users": [ true ] }')).toBe('{ "kind": 1, "users": [ true ] }');
  expect(hide(document)).toBe('***');
});

test.each([
  'p@ss:word://x',
  'www.secret',
  '#12-gh-3:key:',
  'two\u200bparts\u202e',
  'costs$100$',
  'первый-ключ',
  'with\ttab',
])('hides %j as our own Markdown, HTML, JSON, and log write it', (value) => {
  const hide = hiding(value);
  const outputs = [
    markdownSource(markdown`said ${value}.`),
    ...markdownTable({ headings: ['a'], rows: [[value]] }).map(markdownSource),
    ...folded(value, []).map(markdownSource),
    ...codeBlock('', [value]).map(markdownSource),
    htmlSource(html`<p title="${value}">${value}</p>`),
    jsonText({ value }),
    jsonText({ value: jsonText(value) }),
    logText(value),
    visibleText(value),
  ];
  expect(
    outputs
      .map(hide)
      .join('\n')
      .match(/\*\*\*/g),
  ).toHaveLength(10);
  for (const part of value.match(/[\p{L}\d]{3,}/gu) ?? []) expect(outputs.map(hide).join('\n')).not.toContain(part);
});

describe('whatever form a value takes', () => {
  const value = 'pa_ss*w"o<r>d&\'#1 [x](y)/ü';
  const hide = hiding(value);
  const markdown = value.replace(/[\\`*_{}[\]()#+\-.!|<>&"']/g, '\\$&');
  const html = value.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
  test.each([
    ['itself', value],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(value)).slice(3, -3)],
    ['Markdown', markdown],
    ['cells of a table', value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('|', '\\|')],
    ['HTML', html],
    ['a URL', encodeURIComponent(value)],
    ['base64', base64(value)],
    ['base64 for URLs', Buffer.from(value).toString('base64url')],
  ])('%s is hidden', (_name, text) => {
    expect(hide(`<${text}>`)).toBe('<***>');
  });

  test.each(['', 'u', 'us', 'user', 'users'])('base64 of it between %j and other text is hidden', (before) => {
    const secret = 'Hq7-token-of-somebody';
    const kept = hiding(secret)(base64(`${before}:${secret}:`));
    expect(kept).toContain('***');
    expect(Buffer.from(kept.replace('***', ''), 'base64').toString()).not.toMatch(/oken|some|body/);
  });
});

test('tells the forms that are new, and none for a value that is known', () => {
  const secrets = createSecrets();
  expect(secrets.add('hunter2hunter2')).toContain('hunter2hunter2');
  expect(secrets.add('hunter2hunter2')).toEqual([]);
});
