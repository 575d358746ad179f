import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { downloadFile } from './download-file.ts';
import { extractExecutable } from './extract-executable.ts';
import { fileDigest } from './file-digest.ts';
import { formatPlatform } from './platform.ts';
import { fetchPublishedHash } from './published-hash.ts';
import { knownHash, recordHash } from './release-hashes.ts';
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
  if (known === undefined && settings.locked)
    return passed('has no sha256 in the lock, and only locked releases are taken', 'unlocked');
  if (known === undefined && release.checksumUrl === undefined) {
    return passed('has no sha256 in the lock, and none is published', 'unlocked');
  }
  const reach = await context.lookAt(url);
  if (reach.kind === 'unreachable') return passed(`cannot be reached (${reach.reason})`, 'unreachable');
  const hash = known ?? (await publishedHash(context, release));
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
    await requireHash(url, file, hash, known === undefined ? 'published' : 'locked');
    const path = await unpack(release, file, folder);
    return keepTool(context, request, { path, source: url, pin: `sha256:${hash}` });
  });
  if (known === undefined) await recordHash(context, release.url, hash);
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

async function publishedHash({ settings, signal }: ToolchainContext, release: Release): Promise<string> {
  const checksumUrl = throughMirror(release.checksumUrl ?? `${release.url}.sha256`, settings.mirror);
  return fetchPublishedHash(checksumUrl, release.url, signal);
}

async function requireHash(url: string, file: string, expected: string, kind: string): Promise<void> {
  const got = await fileDigest(file);
  if (got === expected) return;
  throw new DeliveryError(
    `${url} was refused: its sha256 is ${got}, expected the ${kind} ${expected}; try again, and ask the host's owner if it stays so.`,
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
