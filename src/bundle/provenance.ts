import { isMapping } from '../mesh/merge-deep.ts';
import type { Tool } from '../ports/toolchain.ts';

export const provenanceFile = 'provenance.json';

/** Where the mesh file came from. */
export interface Source {
  /** Of the git work tree that holds the mesh file. */
  commit: string;
  /** Whether files beside or below the mesh file differ from that commit. */
  modified: boolean;
}

/** `provenance.json`: how a bundle came to be. Beside the digest, never in it. */
export interface Provenance {
  apiVersion: 'istio-delivery/v1';
  /** Digest of the bundle that it is about. */
  digest: string;
  /** ISO 8601. */
  renderedAt: string;
  /** Absent where the mesh file is in no git work tree. */
  source?: Source;
  tools: Pick<Tool, 'name' | 'version' | 'sha256' | 'source'>[];
  /** Where the team's own objects stand, by their keys (`objectKey`): `config/services/shop.yaml:12`. */
  sources?: Record<string, string>;
}

export interface ProvenanceFacts {
  digest: string;
  at: Date;
  source: Source | undefined;
  tools: readonly Tool[];
  sources?: Record<string, string> | undefined;
}

/** Writes down how a bundle came to be. */
export function provenanceOf({ digest, at, source, tools, sources }: ProvenanceFacts): Provenance {
  return {
    apiVersion: 'istio-delivery/v1',
    digest,
    renderedAt: at.toISOString(),
    ...(source === undefined ? {} : { source }),
    tools: tools.map((tool) => ({ name: tool.name, version: tool.version, sha256: tool.sha256, source: tool.source })),
    ...(sources === undefined ? {} : { sources }),
  };
}

/**
 * The places in a `provenance.json` that is about the bundle of this digest. Nothing vouches for the file: what cannot be
 * read of it is left out.
 */
export function readSources(text: string | undefined, digest: string): Record<string, string> | undefined {
  try {
    const provenance: unknown = JSON.parse(text ?? 'null');
    if (!isMapping(provenance) || provenance.digest !== digest || !isMapping(provenance.sources)) return undefined;
    return Object.fromEntries(
      Object.entries(provenance.sources).flatMap(([key, place]) => (isPlace(place) ? [[key, place]] : [])),
    );
  } catch {
    return undefined;
  }
}

function isPlace(place: unknown): place is string {
  return typeof place === 'string' && /^[^\p{C}\p{Zl}\p{Zp}]{1,1000}:\d+$/u.test(place);
}
