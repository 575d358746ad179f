/** How much a bundle may hold: more than any fleet needs, and less than what a machine cannot bear. */
export interface BundleLimits {
  /** Bytes of an archive. */
  packed: number;
  /** Bytes of all files, and of what an archive unpacks to. */
  unpacked: number;
  files: number;
}

const mebi = 1024 * 1024;

export const bundleLimits: BundleLimits = { packed: 256 * mebi, unpacked: 1024 * mebi, files: 20_000 };

/** How much the configuration of one mesh, or the manifests of one input, may hold. */
export const manifestLimits: Omit<BundleLimits, 'packed'> = { unpacked: 256 * mebi, files: 20_000 };

/** Counts files that belong together; throws an `Error` with the reason once they are too many or too large. */
export function bundleMeter({ unpacked, files }: Omit<BundleLimits, 'packed'>): {
  file(): void;
  bytes(count: number): void;
} {
  let seen = { files: 0, bytes: 0 };
  return {
    file() {
      seen = { ...seen, files: seen.files + 1 };
      if (seen.files > files) throw new Error(`it has more than ${files} files`);
    },
    bytes(count) {
      seen = { ...seen, bytes: seen.bytes + count };
      if (seen.bytes > unpacked) throw new Error(`its files are larger than ${unpacked / mebi} MiB in all`);
    },
  };
}
