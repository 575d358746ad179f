import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { downloadFile } from './download-file.ts';
import { extractExecutable } from './extract-executable.ts';
import { fileDigest } from './file-digest.ts';
import { formatPlatform } from './platform.ts';
import { fetchPublishedHash } from './published-hash.ts';
import { knownHash, recordHash, takesFirstUse } from './release-hashes.ts';
import type { Release } from './releases.ts';
import { type Attempt, formatRequest, type Resolver, type ToolchainContext, type ToolRequest } from './resolver.ts';
import { inTemporaryFolder } from './temporary-folder.ts';
import { keepTool } from './tool-store.ts';

/** The tool's release, from its own host or the mirror, checked by sha256 before anything is unpacked from it. */
export const resolveRelease: Resolver = async (context, request) => {
  const { settings } = context;
  const release = request.definition.release?.(request.version, settings.platform);
  if (release === undefined) return noRelease(context, request);
  const url = throughMirror(release.url, settings.mirror);
  const known = await knownHash(context, release.url);
  const passed = (reason: string, why: 'unlocked' | 'unreachable'): Attempt => ({
    kind: 'passed',
    source: url,
    reason,
    why,
  });
  if (known === undefined && release.checksumUrl === undefined) {
    return passed('has no locked sha256, and none is published', 'unlocked');
  }
  if (known === undefined && !takesFirstUse(context)) return passed('has no locked sha256', 'unlocked');
  const reach = await context.lookAt(url);
  if (reach.kind === 'unreachable') return passed(`cannot be reached (${reach.reason})`, 'unreachable');
  const expected = known === undefined ? await publishedHash(context, release) : { sha256: known, by: 'locked' };
  if ('reason' in expected) return passed(expected.reason, 'unlocked');
  const { sha256, by } = expected;
  const tool = await inTemporaryFolder(context, request, async (folder) => {
    const file = join(folder, basename(new URL(url).pathname));
    const { reporter, signal } = context;
    await downloadFile(url, file, {
      title: formatRequest(request),
      size: reach.size,
      retryDelay: settings.retryDelay,
      reporter,
      signal,
    });
    await requireHash(url, file, sha256, by);
    const path = await unpack(release, file, folder);
    return keepTool(context, request, { path, source: url, pin: `sha256:${sha256}` });
  });
  if (known === undefined) await recordHash(context, release.url, sha256);
  return { kind: 'found', tool };
};

function noRelease({ settings }: ToolchainContext, request: ToolRequest): Attempt {
  const source = 'releases';
  if (request.definition.release === undefined) {
    return { kind: 'passed', source, reason: `hold no ${request.name}`, why: 'absent' };
  }
  const reason = `hold no ${request.name} for ${formatPlatform(settings.platform)}`;
  return { kind: 'passed', source, reason, why: 'unsupported' };
}

/** The mirror's base URL in place of scheme and host: `<mirror>/istio/istio/releases/download/…`. */
export function throughMirror(url: string, mirror: string | undefined): string {
  if (mirror === undefined) return url;
  return `${mirror.replace(/\/+$/, '')}${new URL(url).pathname}`;
}

/**
 * The sha256 that a release has by its publisher's own host. A mirror's word for what it serves itself is taken only
 * where that host cannot be reached and published checksums are trusted.
 */
async function publishedHash(
  context: ToolchainContext,
  release: Release,
): Promise<{ sha256: string; by: string } | { reason: string }> {
  const { settings, signal, reporter } = context;
  const checksumUrl = release.checksumUrl ?? `${release.url}.sha256`;
  const own = throughMirror(checksumUrl, settings.publisher);
  const reach = await context.lookAt(own);
  if (reach.kind === 'answers') {
    return { sha256: await fetchPublishedHash(own, release.url, signal), by: `published (${own})` };
  }
  const unreachable = `${new URL(own).host} cannot be reached (${reach.reason})`;
  if (settings.mirror === undefined || !settings.trustPublished) {
    return { reason: `has no locked sha256, and its publisher's ${unreachable}` };
  }
  const mirrored = throughMirror(checksumUrl, settings.mirror);
  reporter.warning(`${release.url}: ${unreachable}; its checksum is the mirror's own word (trust-published).`);
  return { sha256: await fetchPublishedHash(mirrored, release.url, signal), by: `published (${mirrored})` };
}

async function requireHash(url: string, file: string, expected: string, by: string): Promise<void> {
  const got = await fileDigest(file);
  if (got === expected) return;
  throw new DeliveryError(
    `${url} was refused: its sha256 is ${got}, expected the ${by} ${expected}; try again, and ask the host's owner if it stays so.`,
    { code: 'ChecksumMismatch', kind: 'refused', retryable: true },
  );
}

async function unpack(release: Release, file: string, folder: string): Promise<string> {
  if (release.archive === 'none') return file;
  const to = join(folder, `unpacked-${basename(release.entry)}`);
  await extractExecutable({ file, archive: release.archive, entry: release.entry, to });
  await rm(file);
  return to;
}
