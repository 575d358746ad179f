import { basename } from 'node:path/posix';
import { DeliveryError } from '../../errors.ts';
import { fetchText } from './fetch-text.ts';

/**
 * The sha256 that a project publishes for a file: the text is either the hash alone, `<hash> <file>`, or a list of
 * such lines.
 */
export async function fetchPublishedHash(checksumUrl: string, fileUrl: string, signal: AbortSignal): Promise<string> {
  const { status, text } = await fetchText(checksumUrl, { limit: 256 * 1024, signal });
  if (status !== 200) {
    throw new DeliveryError(
      `${checksumUrl} answered ${status}, so ${fileUrl} cannot be checked; lock its sha256 or check the version and the mirror.`,
      { code: 'ChecksumMissing', retryable: status >= 500 },
    );
  }
  const hash = findHash(text, basename(new URL(fileUrl).pathname));
  if (hash !== undefined) return hash;
  throw new DeliveryError(
    `${checksumUrl} holds no sha256 of ${fileUrl} (it begins "${text.slice(0, 40).trim()}"); check the mirror.`,
    { code: 'ChecksumMissing' },
  );
}

/** The hash of that file in the text of a checksum file. */
export function findHash(text: string, file: string): string | undefined {
  const lines = text.split('\n').map((line) => /^([0-9a-fA-F]{64})(?:\s+\*?(\S+))?\s*$/.exec(line.trimEnd()));
  const match = lines.find((line) => line !== null && (line[2] === undefined || basename(line[2]) === file));
  return match?.[1]?.toLowerCase();
}
