import type { NotAsked } from '../rehearsal.ts';

/** How a target is asked. */
export type Question =
  /** From inside the mesh, by the sample's front, whose sidecar goes by the mesh's configuration. */
  | { by: 'front'; kind: 'http1' | 'grpc' | 'tcp'; address: string; isReadiness: boolean }
  /** From outside the mesh, through a gateway. */
  | { by: 'gateway'; url: string; host?: string };

/** Something of the team's that a rehearsal can ask. */
export interface TeamTarget {
  /** Unique among all targets; the container that asks it is named after it. */
  name: string;
  /** As a person reads it: `Service shop/storefront port http`, `VirtualService shop/shop, shop.example/`. */
  what: string;
  question: Question;
  /** Titles of the workloads that answer. */
  workloads: string[];
}

/** A target before it has its name, or why there is none. */
export type Candidate = ({ kind: 'target'; wish: string } & Omit<TeamTarget, 'name'>) | ({ kind: 'none' } & NotAsked);

export function notAsked(what: string, why: string): Candidate {
  return { kind: 'none', what, why };
}

/** A target as a person reads it, with who answers it. */
export function targetTitle({ name, what, workloads }: TeamTarget): string {
  return `${what} of ${workloads.join(', ')} (${name})`;
}

/** In words, how a target is asked. */
export function questionText(question: Question): string {
  if (question.by === 'gateway') {
    const { url, host } = question;
    return `GET ${url}${host === undefined ? '' : ` as ${host}`}, through the gateway`;
  }
  const { kind, address } = question;
  switch (kind) {
    case 'http1':
      return `GET ${address}, from inside the mesh`;
    case 'grpc':
      return `gRPC health check of ${address}, from inside the mesh`;
    case 'tcp':
      return `connection to ${address}, from inside the mesh`;
  }
}
