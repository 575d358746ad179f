import { createWriteStream } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { systemClock } from '../clock.ts';
import { getResponse } from './get-response.ts';
import { isNoSpace, noSpace } from './no-space.ts';
import { mebi, toolLimits } from './tool-limits.ts';
import { untilAborted } from './until-aborted.ts';

export interface DownloadOptions {
  /** As progress names it: `istioctl 1.31.0`. */
  title: string;
  /** Bytes expected, where known. */
  size: number | undefined;
  /** Milliseconds before the second attempt; twice that before the third. */
  retryDelay: number;
  /** Most bytes that are taken. */
  limit?: number;
  reporter: Reporter;
  signal: AbortSignal;
}

const attempts = 3;

/**
 * Downloads a file to a path that does not exist yet, and tries again where that can help: 3 times in all. What can be
 * told before and after without the file's hash is told.
 */
export async function downloadFile(url: string, path: string, options: DownloadOptions): Promise<void> {
  if ((options.size ?? 0) > limitOf(options)) throw tooLarge(url, options);
  await requireSpace(url, path, options.size);
  for (let attempt = 1; ; attempt += 1) {
    const failure = await download(url, path, options);
    if (failure === undefined) break;
    if (!failure.retryable || attempt === attempts) throw failure;
    options.reporter.progress(`${options.title}: ${failure.message}`);
    await systemClock.sleep(attempt * options.retryDelay, options.signal);
  }
  await refuseHtml(url, path);
}

async function download(url: string, path: string, options: DownloadOptions): Promise<DeliveryError | undefined> {
  const { signal } = options;
  try {
    const message = await untilAborted(getResponse(url, { timeout: 60_000 }), signal);
    if (message.statusCode !== 200) {
      message.destroy();
      return explainStatus(url, message.statusCode ?? 0);
    }
    await pipeline(message, countBytes(url, options), createWriteStream(path, { flags: 'wx' }), { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    await rm(path, { force: true });
    return error instanceof DeliveryError ? error : explain(url, path, error);
  }
}

function countBytes(url: string, options: DownloadOptions): Transform {
  const { title, size, reporter } = options;
  const of = size === undefined ? '' : ` of ${megabytes(size)}`;
  let got = 0;
  let told = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      got += chunk.length;
      if (got > limitOf(options)) return done(tooLarge(url, options));
      if (Date.now() - told > 250) {
        told = Date.now();
        reporter.progress(`${title}: ${megabytes(got)}${of} MB from ${new URL(url).host}`);
      }
      done(null, chunk);
    },
  });
}

/** An archive is written once more when unpacked, and once more into the cache. */
async function requireSpace(url: string, path: string, size: number | undefined): Promise<void> {
  if (size === undefined) return;
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < size) throw noSpace(`Download of ${url}`, dirname(path), `${megabytes(size)} MB are needed`);
}

function limitOf({ limit = toolLimits.download }: DownloadOptions): number {
  return limit;
}

function tooLarge(url: string, options: DownloadOptions): DeliveryError {
  const limit = `${limitOf(options) / mebi} MiB`;
  return new DeliveryError(`Download of ${url} was stopped: it is larger than ${limit}; check the mirror.`, {
    code: 'DownloadTooLarge',
    kind: 'refused',
  });
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0);
}

function explain(url: string, path: string, error: unknown): DeliveryError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isNoSpace(error)) return noSpace(`Download of ${url}`, dirname(path), messageOf(error), error);
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || messageOf(error) === 'aborted') {
    return new DeliveryError(`Download of ${url} broke off before its end; try again or give a mirror.`, {
      code: 'DownloadTruncated',
      retryable: true,
      cause: error,
    });
  }
  return new DeliveryError(`Download of ${url} failed: ${messageOf(error)}; try again or give a mirror.`, {
    code: 'DownloadFailed',
    retryable: true,
    cause: error,
  });
}

function explainStatus(url: string, status: number): DeliveryError {
  if (status === 404) {
    const reason = 'there is no such file (404); check the version and the mirror.';
    return new DeliveryError(`Download of ${url} failed: ${reason}`, { code: 'DownloadNotFound' });
  }
  if (status >= 300 && status < 400) {
    const reason = `it redirects without end (${status}); check the mirror.`;
    return new DeliveryError(`Download of ${url} failed: ${reason}`, { code: 'RedirectLoop' });
  }
  return new DeliveryError(`Download of ${url} failed: the server answered ${status}; try again or give a mirror.`, {
    code: 'DownloadFailed',
    retryable: status >= 500 || status === 408 || status === 429,
  });
}

/** A login page or an error page with status 200 says more than a hash that does not match. */
async function refuseHtml(url: string, path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    if (!/^\s*(<!doctype html|<html|<\?xml)/i.test(buffer.toString('latin1', 0, bytesRead))) return;
  } finally {
    await file.close();
  }
  throw new DeliveryError(`Download of ${url} is a web page and no program; check the mirror and the proxy's login.`, {
    code: 'DownloadIsHtml',
  });
}
