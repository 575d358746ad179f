/** Ends a piece of a text that does not end its line. */
export const unended = '↩';

/**
 * What no log, page or terminal shows as itself: it commands (control characters), turns the text around (bidirectional
 * ones), takes no width, or is a space that looks like another one. Marks that join a letter stay, two of them at most.
 */
const hidden = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Z}|(?<!\p{L}\p{M}?)\p{M}/gu;

/**
 * One line of a text, every character in it that commands or hides shown by its code point. What was made visible already
 * stays as it is.
 */
export function revealedText(line: string): string {
  return line.replace(hidden, escaped);
}

/**
 * What an eye does not see, or not as what it is: control and format characters (bidirectional ones, zero width ones,
 * tags), every space but the plain one, fillers and blanks, marks that join another letter, and what we write ourselves.
 */
const unseen = /[\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800⟦↩]|(?! )\p{Z}/u;

/** Letters that look like Latin ones, in a word that has Latin ones too: `p\u0430yments` is not `payments`. */
const lookAlike = /[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}\p{sc=Copt}\p{sc=Lisu}]/u;
const latin = /\p{sc=Latn}/u;

// Whole words, so that each letter is looked at once: a text of others may be one word of a megabyte.
const wordOrUnseen = new RegExp(`\\p{L}+|${unseen.source}`, 'gu');
const inPlainWord = new RegExp(unseen.source, 'gu');
const inMixedWord = new RegExp(`${lookAlike.source}|${unseen.source}`, 'gu');

/**
 * For what people approve. One line of a text with every character in it to be seen: two different lines never look the
 * same, and one without such characters stays as it is.
 */
export function visibleText(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  const shown = line
    .slice(0, end)
    .replace(wordOrUnseen, (found) => found.replace(latin.test(found) ? inMixedWord : inPlainWord, escaped));
  return shown + escaped(' ').repeat(line.length - end);
}

function escaped(character: string): string {
  return `⟦U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`;
}
