import { readAnswer } from './answer.ts';
import type { Sample } from './sample.ts';

/** Time in nanoseconds, status (0: no answer), latency in nanoseconds, bytes out, bytes in, error; of the rest only the last is read. */
const columns = /^(\d{16,19}),(\d{1,3}),(\d+),\d+,\d+,(?:"((?:[^"]|"")*)(?:"|$)|([^",]*))(?:,|$)/;

/**
 * Reads a line of `vegeta encode -to csv` (https://github.com/tsenart/vegeta#encode-command), or of any other source
 * that prints its first six columns; undefined where the line is something else. The last column of the twelve holds the
 * answer's header in base64, where a comma cannot be.
 */
export function parseSample(line: string): Sample | undefined {
  const [, nanoseconds, status, latency, quoted, plain] = columns.exec(line) ?? [];
  if (nanoseconds === undefined) return undefined;
  const failure = failureOf(Number(status), quoted?.replaceAll('""', '"') ?? plain ?? '');
  const answer = failure === undefined ? readAnswer(Number(status), line.slice(line.lastIndexOf(',') + 1)) : undefined;
  return {
    at: Number(nanoseconds) / 1e6,
    latency: Number(latency) / 1e6,
    ...(failure === undefined ? {} : { failure }),
    ...(answer === undefined ? {} : { answer }),
  };
}

function failureOf(status: number, error: string): string | undefined {
  if (status >= 200 && status < 400) return error === '' ? undefined : causeOf(error);
  if (status > 0) return `status ${status}`;
  return error === '' ? 'no answer' : causeOf(error);
}

/** The error without what differs between requests that fail for one reason: their URL and the ports they came from. */
function causeOf(error: string): string {
  return error
    .replace(/^[A-Z][a-z]+ "(?:[^"\\]|\\.)*": /, '')
    .replace(/\b(?:dial|read|write) (?:tcp|udp)[46]?(?: \S+?(?:->\S+)?)?: /, '')
    .trim();
}
