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
}

export interface ProvenanceFacts {
  digest: string;
  at: Date;
  source: Source | undefined;
  tools: readonly Tool[];
}

/** Writes down how a bundle came to be. */
export function provenanceOf({ digest, at, source, tools }: ProvenanceFacts): Provenance {
  return {
    apiVersion: 'istio-delivery/v1',
    digest,
    renderedAt: at.toISOString(),
    ...(source === undefined ? {} : { source }),
    tools: tools.map((tool) => ({ name: tool.name, version: tool.version, sha256: tool.sha256, source: tool.source })),
  };
}
