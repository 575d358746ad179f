import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DeliveryError, messageOf } from '../../errors.ts';
import { toolNames } from '../../ports/toolchain.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a lower-case hex sha256');

const witness = z.strictObject({
  /** `owner/name` on GitHub; no repository of the tool's publisher. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name'),
  path: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'a full commit'),
});

const unlockedRelease = z.strictObject({ url: z.url() });

const lockedRelease = z
  .strictObject({
    url: z.url(),
    sha256,
    /** Where the tool's publisher says so. */
    publisher: z.union([z.url(), z.literal('none')]),
    /** Where somebody else wrote down the same hash. */
    witness: z.union([witness, z.literal('none')]),
    /** Day on which the hash came into the lock. */
    since: z.iso.date(),
  })
  .refine((release) => release.publisher !== 'none' || release.witness !== 'none', 'a hash that nobody stands for');

const release = z.union([unlockedRelease, lockedRelease]);

const lockedTool = z.strictObject({
  /** Without a leading `v`. */
  version: z.string(),
  /** `<module>@<version>` as the go.mod below `toolchain/` pins it. */
  module: z.string(),
  /** By platform. A release without a sha256 is not locked. */
  releases: z.record(z.string(), release),
});

/** toolchain.lock.json: the version of every tool, the Go module it is built from, and its releases. */
export const lockSchema = z.strictObject({
  about: z.array(z.string()),
  tools: z.record(z.enum(toolNames), lockedTool),
});

export type Lock = z.infer<typeof lockSchema>;

/** A release with its hash, or one that is not locked. */
export type ReleaseLock = z.infer<typeof release>;

export type Witness = z.infer<typeof witness>;

/**
 * A lock file of the caller: hashes of releases that toolchain.lock.json does not name, by the URL at the release host.
 * Written by hand, or by a run that took a release for the first time by what its publisher says.
 */
export const recordSchema = z.strictObject({ releases: z.record(z.url(), sha256) });

export type LockRecord = z.infer<typeof recordSchema>;

/** Name of the lock, at the top of this package and in ISTIO_DELIVERY_HOME. */
export const lockFileName = 'toolchain.lock.json';

export async function readLock(root: string): Promise<Lock> {
  const path = join(root, lockFileName);
  return parse(lockSchema, path, await readFile(path, 'utf8'));
}

/** Empty when there is no such file. */
export async function readRecord(path: string): Promise<LockRecord> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new DeliveryError(
      `${path} cannot be read: ${error.message}; name a lock file of yours, or one to be written.`,
      {
        code: 'LockUnreadable',
        kind: 'usage',
        cause: error,
      },
    );
  });
  return text === undefined ? { releases: {} } : parse(recordSchema, path, text);
}

/** The sha256 of a release in toolchain.lock.json. */
export function lockedHash(lock: Lock, url: string): string | undefined {
  const releases = Object.values(lock.tools).flatMap((tool) => Object.values(tool.releases));
  const found = releases.find((release) => release.url === url);
  return found !== undefined && 'sha256' in found ? found.sha256 : undefined;
}

function parse<T>(schema: z.ZodType<T>, path: string, text: string): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new DeliveryError(`${path} cannot be read: ${messageOf(cause)}; restore it or delete it.`, {
      code: 'LockUnreadable',
      cause,
    });
  }
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw new DeliveryError(`${path} is not a lock: ${z.prettifyError(result.error)}; restore it or delete it.`, {
    code: 'LockUnreadable',
  });
}
