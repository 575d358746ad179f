/** What a proxy logs of one request, or of a connection that carried none. */
export interface AccessLogEntry {
  /** When it began: milliseconds since 1970, by the clock of the node. */
  at: number;
  /** 0 where there was no answer. */
  status: number;
  /** Envoy's response flags, `-` for none: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage */
  flags: string;
  /** Why, in Envoy's words: `via_upstream`, `upstream_reset_before_response_started{…}`. */
  details: string;
  /** Absent for a connection that carried no request. */
  path?: string;
  authority?: string;
  requestId?: string;
  /** The line as it was printed. */
  line: string;
}

/** Reads a line of Istio's JSON or text format; undefined for anything else, and for a format of the mesh's own without these fields. */
export function parseAccessLog(line: string): AccessLogEntry | undefined {
  return line.startsWith('{') ? fromJson(line) : fromText(line);
}

/** Whether the proxy says that something went wrong. */
export function isFailure({ status, flags }: AccessLogEntry): boolean {
  return status >= 400 || status === 0 || flags !== none;
}

/** Whether a line that cannot be read is one of an access log all the same: agent and Envoy log with a level. */
export function isForeignEntry(line: string): boolean {
  return line.startsWith('{') ? !line.includes('"level"') : /^\[\d{4}-\d\d-\d\dT/.test(line);
}

const none = '-';

function fromJson(line: string): AccessLogEntry | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  const { response_code: status } = fields;
  const at = Date.parse(text('start_time') ?? '');
  if (Number.isNaN(at) || (typeof status !== 'number' && typeof status !== 'string')) return undefined;
  return entryOf({
    at,
    status: Number(status),
    flags: text('response_flags'),
    details: text('response_code_details'),
    path: text('path'),
    authority: text('authority'),
    requestId: text('request_id'),
    line,
  });
}

/** Istio's own text format: https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format */
const textFormat =
  /^\[([^\]]+)\] "(\S+) (\S+) (\S+)" (\d+) (\S+) (.+?) (?:-|\S+) "[^"]*" \d+ \d+ \d+ \S+ "[^"]*" "[^"]*" "([^"]*)" "([^"]*)" /;

function fromText(line: string): AccessLogEntry | undefined {
  const [, start = '', , path, , status, flags, details, requestId, authority] = textFormat.exec(line) ?? [];
  const at = Date.parse(start);
  if (Number.isNaN(at)) return undefined;
  return entryOf({ at, status: Number(status), flags, details, path, authority, requestId, line });
}

type Fields = Pick<AccessLogEntry, 'at' | 'status' | 'line'> &
  Record<'flags' | 'details' | 'path' | 'authority' | 'requestId', string | undefined>;

function entryOf({ at, status, flags, details, line, ...rest }: Fields): AccessLogEntry {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined && value !== none && value !== '');
  return { at, status, flags: flags || none, details: details || none, ...Object.fromEntries(given), line };
}
