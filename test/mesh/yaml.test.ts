import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml, printYaml } from '../../src/mesh/yaml.ts';
import { hostileTexts } from '../support/hostile-text.ts';

describe('parseYaml', () => {
  test.each<[string, unknown]>([
    ['yes', true],
    ['off', false],
    ['0644', 420],
    ['0o17', 15],
    ['0x1F', 31],
    ['1_000', 1000],
    ['12:30:45', '12:30:45'],
    ['1.31', 1.31],
    ['1.31.0', '1.31.0'],
    ['2026-11-23', '2026-11-23'],
    ['~', null],
    ['"0644"', '0644'],
  ])('reads %s as Kubernetes does', (text, value) => {
    expect(parseYaml(`a: ${text}`, 'f.yaml')).toEqual([{ a: value }]);
  });

  test('reads our own files as YAML 1.2', () => {
    expect(parseYaml('y: off\nmode: 0644', 'f.yaml', 'plain')).toEqual([{ y: 'off', mode: 644 }]);
  });

  test('follows merge keys', () => {
    expect(parseYaml('a: &a {x: 1}\nb: {<<: *a, z: 2}', 'f.yaml')).toEqual([{ a: { x: 1 }, b: { x: 1, z: 2 } }]);
  });

  test('reads several documents', () => {
    expect(parseYaml('---\na: 1\n---\nb: 2\n', 'f.yaml')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test.each<[string, string]>([
    ['a: 1\nb: 2\na: 3\n', 'f.yaml:3: is no valid YAML: duplicated mapping key; correct the line'],
    ['a: 1\nb: [1\nc: 2\n', 'f.yaml:3: is no valid YAML:'],
  ])('names the file and the line of bad YAML', (text, message) => {
    expect(() => parseYaml(text, 'f.yaml')).toThrow(message);
  });

  test.each<[string, string]>([
    [
      'a: 1\nb: 9007199254740993\n',
      'f.yaml:2: b: expected an integer of at most 2^53 - 1 (9007199254740991), got 9007199254740993',
    ],
    ['a: 1\n---\nb:\n- -9007199254740993\n', 'f.yaml:4: b[0]: expected an integer'],
    ['{\n"a": {"b": 12345678901234567890}}', 'f.yaml:2: a.b: expected an integer'],
    ['a: 0xfffffffffffffff\n', 'f.yaml:1: a: expected an integer'],
    ['a: 1_000_000_000_000_000_000\n', 'f.yaml:1: a: expected an integer'],
    ['\n12345678901234567890: b\n', 'expected an integer'],
    ['a: 1\nb: .inf\n', 'f.yaml:2: b: expected a number that JSON can hold, got .inf'],
    ['b: 1e999\n', 'f.yaml:1: b: expected a number that JSON can hold, got 1e999'],
    ['a: .NaN\n', 'got .NaN'],
    ['a: !!int 12345678901234567890\n', 'f.yaml:1: a: expected an integer'],
  ])('refuses the number in %j, which would change', (text, message) => {
    expect(() => parseYaml(text, 'f.yaml')).toThrow(message);
    expect(() => parseYaml(text.replaceAll('_', ''), 'f.yaml', 'plain')).toThrow(message);
  });

  test('names every number that would change', () => {
    expect(() => parseYaml('a: 12345678901234567890\nb: 12345678901234567890\n', 'f.yaml')).toThrow(
      /^f.yaml has 2 errors\nf.yaml:1: a: .*\nf.yaml:2: b: /,
    );
  });

  test.each<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['"12345678901234567890"', '12345678901234567890'],
    ['!!str 12345678901234567890', '12345678901234567890'],
    ['12345678901234567890a', '12345678901234567890a'],
    ['192.168.100.100/24', '192.168.100.100/24'],
    ['1.5e10', 1.5e10],
    ['x.inf', 'x.inf'],
  ])('reads %s as it is', (text, value) => {
    expect(parseYaml(`a: ${text}`, 'f.yaml')).toEqual([{ a: value }]);
  });

  test.each<[string, string]>([
    [
      'a: 1\nb: {{ .Values.x }}\n',
      'f.yaml:2: expected rendered YAML, got the template expression {{ .Values.x }}; render',
    ],
    [
      'a: 1\n{{- if .Values.x }}\nb: 2\n{{- end }}\n',
      'f.yaml:2: expected rendered YAML, got the template expression {{- if',
    ],
    ['a:\n  b:\n    {{- toYaml .Values.b | nindent 4 }}\n', 'f.yaml:3: '],
    ['a: 1\nb:\n- c\n- {{ .Values.x }}\n', 'f.yaml:4: '],
    ['a: 1\nb: [{{ .Values.x }}]\n', 'f.yaml:2: '],
    ['a: 1\n---\nb: {{ include "x" . }}\n', 'f.yaml:3: '],
    ['a: 1\n{{end}}\nb: 2\n', 'f.yaml:2: '],
    ['{{- /* why */ -}}\na: 1\n', 'f.yaml:1: '],
  ])('finds the template expression in %j', (text, message) => {
    expect(() => parseYaml(text, 'f.yaml')).toThrow(message);
  });

  test.each(['a: "{{ $labels.pod }}"', 'a: x {{ $value }}', 'a: |\n  return {{1, 2}, {3}}', '# {{ .Values.x }}\na: 1'])(
    'leaves %j alone, which is no template of the manifest itself',
    (text) => {
      expect(parseYaml(text, 'f.yaml')).toHaveLength(1);
    },
  );

  test.each<[string, string]>([
    ['a: 1\nb: "x\\ud83d"\n', 'f.yaml:2: b: expected text, got half of a surrogate pair'],
    ['a: &x\n  b: 1\n  c: [*x]\n', 'f.yaml:3: expected an alias of what is complete, got *x'],
    ['- &x [*x]\n', 'f.yaml:1: expected an alias of what is complete, got *x'],
  ])('refuses %j, which no JSON can hold', (text, message) => {
    expect(() => parseYaml(text, 'f.yaml')).toThrow(message);
  });

  test('reads what an escaped pair or an alias stands for', () => {
    expect(parseYaml('a: "\\ud83d\\ude00"\nb: &x {c: 1}\nd: [*x, *x]\n', 'f.yaml')).toEqual([
      { a: '\u{1f600}', b: { c: 1 }, d: [{ c: 1 }, { c: 1 }] },
    ]);
  });

  test('names the line of a key that is no text', () => {
    expect(() => parseYaml('a: 1\nb:\n  [c, d]: 1\n', 'f.yaml')).toThrow('f.yaml:3: expected text as a key');
  });
});

describe('printYaml', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...hostileTexts),
    fc
      .array(fc.constantFrom(...' \n\r\t\v\f\u0085\u2028\ufeff-:#?&*!|>%@`"\'[]{},~<=0x1oeE+.yn'), { maxLength: 10 })
      .map((all) => all.join('')),
  );
  const documents = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      texts,
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('mapping'),
    ),
    list: fc.array(tie('value'), { maxLength: 3 }),
    mapping: fc.dictionary(texts, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  }));

  test.each(['manifest', 'plain'] as const)('prints what is read as the same again, in %s YAML', (dialect) => {
    fc.assert(
      fc.property(documents.mapping, (document) => {
        const plain: unknown = JSON.parse(JSON.stringify(document));
        expect(parseYaml(printYaml(plain), 'f.yaml', dialect)).toEqual([plain]);
      }),
      { numRuns: 1000 },
    );
  });

  const values = [
    'y',
    'yes',
    '0644',
    '12:30',
    '1e3',
    '1_000',
    '~',
    '',
    ' a',
    'a\nb\n',
    'é',
    '1.31',
    5,
    1.5,
    null,
    true,
  ];

  test('prints what is read back as the same values', () => {
    expect(parseYaml(printYaml({ values }), 'f.yaml')).toEqual([{ values }]);
  });

  test('prints equal values as the same bytes, in whatever order their keys came', () => {
    expect(printYaml({ b: { d: 1, c: [{ f: 1, e: 2 }] }, a: 1 })).toBe(
      printYaml({ a: 1, b: { c: [{ e: 2, f: 1 }], d: 1 } }),
    );
  });

  test('quotes what an older parser would read as something else', () => {
    expect(printYaml(['yes', '0644', '12:30', 'plain'])).toBe("- 'yes'\n- '0644'\n- '12:30'\n- plain\n");
  });
});
