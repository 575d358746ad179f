/** One warning of a header: its code, the agent that says it, and its text between quotes. */
const warning = /\d{3} \S+ "((?:[^"\\]|\\.)*)"/g;

/**
 * The texts of a `Warning` header, several of which Node joins to one.
 * https://kubernetes.io/blog/2020/09/03/warnings/
 */
export function warningTexts(header: string | string[] | undefined): string[] {
  const joined = Array.isArray(header) ? header.join(', ') : (header ?? '');
  const texts = [...joined.matchAll(warning)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
  return [...new Set(texts)];
}
