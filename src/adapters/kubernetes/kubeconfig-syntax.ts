import { load, YAMLException } from 'js-yaml';

/** A place in a text, from 1. */
export interface TextPosition {
  line: number;
  column: number;
}

/** What a kubeconfig holds, or why and where it cannot be read, in words of ours. */
export type KubeconfigSyntax = { kind: 'read'; value: unknown } | ({ kind: 'unreadable' } & SyntaxMistake);

export interface SyntaxMistake {
  reason: string;
  remedy: string;
  at?: TextPosition;
}

/**
 * Reads the YAML or JSON of a kubeconfig. The parser's own message quotes the lines around the mistake, which may hold
 * credentials, and sometimes a word of them: nothing of it is kept but the place.
 */
export function readKubeconfigSyntax(text: string): KubeconfigSyntax {
  try {
    return { kind: 'read', value: load(text) };
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    const [, reason, remedy] = mistakes.find(([said]) => said.test(thrown.reason)) ?? unknown;
    const { mark } = thrown;
    const at = mark && { line: mark.line + 1, column: mark.column + 1 };
    return { kind: 'unreadable', reason, remedy, ...(at ? { at } : {}) };
  }
}

type Mistake = [said: RegExp, reason: string, remedy: string];

/** What js-yaml says of each mistake, what we say of it, and what helps; the first that fits counts. */
const mistakes: Mistake[] = [
  [/input is empty/, 'it is empty', 'write the kubeconfig again'],
  [/but found more|document separator is expected/, 'it holds more than one document', 'keep one'],
  [/tab characters/, 'a tab stands in the indentation', 'indent with spaces'],
  [/duplicated mapping key/, 'a key stands twice in one mapping', 'remove one of the two'],
  [/within a (single|double) quoted scalar/, 'a quote is opened and not closed', 'close it, here or in a line above'],
  [/deficient indentation/, 'a quote or a bracket of a line above is not closed', 'close it'],
  [/JSON character/, 'a control character stands in quotes', 'remove it'],
  [/escape sequence|hexadecimal/, 'a backslash in double quotes begins no escape sequence', 'write it twice'],
  [/missed comma|found ','/, 'a comma is missing or stands alone', 'correct the list or mapping in brackets'],
  [/flow collection/, 'a bracket or a brace is opened and not closed', 'close it'],
  [/key-value separator/, 'a space is missing after a colon', 'add it'],
  [
    /expected ':'|implicit key/,
    'a line is neither a key with a value nor a part of the value above',
    'correct the line',
  ],
  [/indentation/, 'the indentation does not fit the lines above', 'align the line with its neighbours'],
  [/non-printable/, 'a character stands there that no text has', 'save the file as UTF-8 text'],
  [/alias/, 'an alias (*) leads to no anchor, or to too many', 'put the text into quotes, or write the value out'],
  [/\btag\b/, 'a tag (!) is not known, or does not fit its value', 'put the text into quotes, or remove the tag'],
  [/nesting|merge/, 'it is nested or merged too deeply', 'write it plainly'],
];

const unknown: Mistake = [/(?:)/, 'the text there fits nothing', 'correct the line'];
