/** Characters that a secret has at least; `true`, `{` or a number would be hidden everywhere. */
const shortest = 6;
/** The same for one line of a secret of several lines: its last one may be anything. */
const shortestLine = 16;

/**
 * The forms of a secret that are looked for in a text: itself, in base64 (alone or inside of something longer), as it stands
 * in a URL, and each of its lines that is long enough. Empty where it is too short to be told from other words.
 */
export function secretForms(value: string): string[] {
  const whole = value.trim();
  if (whole.length < shortest) return [];
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  const long = lines.length === 1 ? [] : lines.filter((line) => line.length >= shortestLine && !line.startsWith('---'));
  return [...new Set([whole, ...long, ...base64Forms(whole), ...base64Forms(value), ...urlForms(whole)])];
}

/** What stays the same of its base64 wherever it begins in the bytes that are encoded, and the whole with its padding. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const inside = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // A character of base64 holds six bits: the first ones depend on what stands before, the last one on what follows.
    const isAligned = (before + bytes.length) % 3 === 0;
    return encoded.replace(/=+$/, '').slice(before === 0 ? 0 : before + 1, isAligned ? undefined : -1);
  });
  const all = [bytes.toString('base64'), ...inside];
  return [...all, ...all.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

function urlForms(text: string): string[] {
  if (!text.isWellFormed()) return [];
  const encoded = encodeURIComponent(text);
  return encoded === text ? [] : [encoded];
}
