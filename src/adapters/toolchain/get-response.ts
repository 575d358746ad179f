import type { IncomingMessage } from 'node:http';
import { HttpClient } from '@actions/http-client';

export interface GetOptions {
  headers?: Record<string, string>;
  /** Milliseconds of silence after which the connection is given up. */
  timeout: number;
}

const mostRedirects = 10;

/**
 * Asks for a URL, through a proxy where the environment names one, and follows redirects, relative ones too; never from
 * HTTPS down to HTTP, and to another host without headers. One redirect too many is the answer itself.
 */
export async function getResponse(url: string, { headers = {}, timeout }: GetOptions): Promise<IncomingMessage> {
  // The client's own way of following knows no relative URLs, which are what mirrors give.
  const client = new HttpClient('istio-delivery', [], { socketTimeout: timeout, allowRedirects: false });
  let at = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const own = at.host === new URL(url).host ? headers : {};
    const { message } = await client.get(at.href, own);
    const { location } = message.headers;
    if (!isRedirect(message.statusCode) || location === undefined || redirects === mostRedirects) return message;
    const next = new URL(location, at);
    message.resume();
    if (next.protocol !== 'https:' && next.protocol !== at.protocol) {
      throw new Error(`it redirects from ${at.protocol}// to ${next.protocol}//`);
    }
    at = next;
  }
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}
