/** The values of one run that nobody may read in its output. */
export interface Secrets {
  add(value: string): void;
  /** The text with every secret, and every line of a secret, replaced. */
  hide(text: string): string;
}

/** Keeps secrets apart from everything that is printed. */
export function createSecrets(): Secrets {
  const values = new Set<string>();
  return {
    add(value) {
      for (const part of [value, ...value.split(/\r?\n/)]) if (part.trim() !== '') values.add(part.trim());
    },
    hide(text) {
      // Longest first, so that no rest of a value stays where a shorter one is a part of it.
      const longestFirst = [...values].sort((one, other) => other.length - one.length);
      return longestFirst.reduce((hidden, value) => hidden.replaceAll(value, '***'), text);
    },
  };
}
