import { DeliveryError, messageOf } from '../../errors.ts';
import { getResponse } from './get-response.ts';
import { untilAborted } from './until-aborted.ts';

export interface TextAnswer {
  status: number;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface FetchTextOptions {
  headers?: Record<string, string>;
  /** Most bytes that are read; more is an error. */
  limit: number;
  signal: AbortSignal;
}

/** Fetches a short text over HTTP, through a proxy where the environment names one. */
export async function fetchText(url: string, options: FetchTextOptions): Promise<TextAnswer> {
  try {
    return await untilAborted(read(url, options), options.signal);
  } catch (cause) {
    if (cause instanceof DeliveryError) throw cause;
    throw new DeliveryError(`${url} could not be read: ${messageOf(cause)}; try again or give a mirror.`, {
      code: 'FetchFailed',
      retryable: true,
      cause,
    });
  }
}

async function read(url: string, { headers = {}, ...options }: FetchTextOptions): Promise<TextAnswer> {
  const message = await getResponse(url, { headers, timeout: 20_000 });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > options.limit) {
      message.destroy();
      throw new DeliveryError(`${url} is longer than the ${options.limit} bytes expected there; check the mirror.`, {
        code: 'AnswerTooLong',
      });
    }
    chunks.push(chunk);
  }
  return { status: message.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), headers: message.headers };
}
