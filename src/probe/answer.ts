/** What came back of one request, apart from its body. */
export interface Answer {
  status: number;
  /** By name in lower case; the values of a repeated header follow each other. */
  headers: ReadonlyMap<string, string>;
}

/** Of one connection, or of one moment (RFC 9110): two answers of the same server differ in them. */
const passing = new Set([
  'age',
  'connection',
  'content-length',
  'date',
  'expires',
  'keep-alive',
  'last-modified',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** An answer of its status and of its header as vegeta encodes it, in base64; undefined where that is cut or none. */
export function readAnswer(status: number, encoded: string): Answer | undefined {
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  if (!text.endsWith('\r\n\r\n')) return undefined;
  const headers = new Map<string, string>();
  for (const line of text.slice(0, -4).split('\r\n')) {
    const end = line.indexOf(':');
    const name = line.slice(0, end).trim().toLowerCase();
    if (end < 1 || passing.has(name)) continue;
    const value = line.slice(end + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return { status, headers };
}
