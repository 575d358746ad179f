import { open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { downloadTool, HTTPError } from '@actions/tool-cache';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { withLibraryOutput } from './library-output.ts';
import { noSpace } from './no-space.ts';
import { untilAborted } from './until-aborted.ts';

export interface DownloadOptions {
  /** As progress names it: `istioctl 1.31.0`. */
  title: string;
  /** Bytes expected, where known. */
  size: number | undefined;
  reporter: Reporter;
  signal: AbortSignal;
}

/** Downloads a file to a path that does not exist yet. What can be told before and after without its hash is told. */
export async function downloadFile(url: string, path: string, options: DownloadOptions): Promise<void> {
  await requireSpace(url, path, options.size);
  const progress = setInterval(() => void reportProgress(url, path, options), 500);
  try {
    const download = withLibraryOutput(options.reporter.progress, () => downloadTool(url, path));
    await untilAborted(download, options.signal);
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw explain(url, path, error);
  } finally {
    clearInterval(progress);
  }
  await refuseHtml(url, path);
}

/** An archive is written once more when unpacked, and once more into the cache. */
async function requireSpace(url: string, path: string, size: number | undefined): Promise<void> {
  if (size === undefined) return;
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < size) throw noSpace(`Download of ${url}`, dirname(path), `${megabytes(size)} MB are needed`);
}

async function reportProgress(url: string, path: string, { title, size, reporter }: DownloadOptions): Promise<void> {
  const got = await stat(path).then(
    (file) => file.size,
    () => 0,
  );
  const of = size === undefined ? '' : ` of ${megabytes(size)}`;
  reporter.progress(`${title}: ${megabytes(got)}${of} MB from ${new URL(url).host}`);
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0);
}

function explain(url: string, path: string, error: unknown): DeliveryError {
  if (error instanceof HTTPError) return explainStatus(url, error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return noSpace(`Download of ${url}`, dirname(path), messageOf(error), error);
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

function explainStatus(url: string, error: HTTPError): DeliveryError {
  const status = error.httpStatusCode ?? 0;
  if (status === 404) {
    return new DeliveryError(
      `Download of ${url} failed: there is no such file (404); check the version and the mirror.`,
      {
        code: 'DownloadNotFound',
        cause: error,
      },
    );
  }
  if (status >= 300 && status < 400) {
    return new DeliveryError(`Download of ${url} failed: it redirects without end (${status}); check the mirror.`, {
      code: 'RedirectLoop',
      cause: error,
    });
  }
  return new DeliveryError(`Download of ${url} failed: the server answered ${status}; try again or give a mirror.`, {
    code: 'DownloadFailed',
    retryable: status >= 500 || status === 429,
    cause: error,
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
