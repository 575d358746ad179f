import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '@actions/http-client';
import { messageOf } from '../../errors.ts';

/** What a first look at a URL found. */
export type Reach =
  | { kind: 'answers' /** Bytes of the file, where the server says so. */; size: number | undefined }
  | { kind: 'unreachable'; reason: string };

export type LookAt = (url: string) => Promise<Reach>;

/**
 * Asks a server for a file's head before anything is fetched from it, so that a machine without that network loses
 * `timeout` milliseconds for each host and not a download's retries. A host that did not answer is not asked again.
 */
export function createHostReach(timeout: number): LookAt {
  const unreachable = new Map<string, Reach>();
  return async (url) => {
    const { host } = new URL(url);
    const known = unreachable.get(host);
    if (known !== undefined) return known;
    const reach = await Promise.race([look(url, timeout), silence(timeout)]);
    if (reach.kind === 'unreachable') unreachable.set(host, reach);
    return reach;
  };
}

async function look(url: string, timeout: number): Promise<Reach> {
  try {
    const { message } = await new HttpClient('istio-delivery', [], { socketTimeout: timeout }).head(url);
    message.resume();
    const size = message.statusCode === 200 ? Number(message.headers['content-length']) : Number.NaN;
    return { kind: 'answers', size: Number.isSafeInteger(size) ? size : undefined };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    // A failure above the connection (a redirect that cannot be followed) is for the download itself to tell.
    if (code?.startsWith('ERR_INVALID') === true) return { kind: 'answers', size: undefined };
    return { kind: 'unreachable', reason: code ?? messageOf(error) };
  }
}

async function silence(timeout: number): Promise<Reach> {
  await sleep(timeout, undefined, { ref: false });
  return { kind: 'unreachable', reason: `no answer in ${timeout / 1000} s` };
}
