/** How much a release may be: many times the largest of any tool, and less than what fills a machine. */
export interface ToolLimits {
  /** Bytes of a download. */
  download: number;
  /** Bytes of all that an archive unpacks to. */
  unpacked: number;
  entries: number;
}

export const mebi = 1024 * 1024;

export const toolLimits: ToolLimits = { download: 512 * mebi, unpacked: 1024 * mebi, entries: 1_000 };
