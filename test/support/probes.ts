import type { HttpTarget, ProbePolicy } from '../../src/mesh/probe-policy.ts';
import type { Reporter } from '../../src/ports/reporter.ts';

/** A policy that is over within seconds. */
export function probePolicy(more: Partial<ProbePolicy> = {}): ProbePolicy {
  return {
    targets: [httpTarget()],
    thresholds: { success: 100, minimum: 20 },
    load: { image: 'registry.example/load:1', pullPolicy: 'IfNotPresent' },
    baseline: 4,
    settle: 3,
    checks: [],
    ...more,
  };
}

export function httpTarget(more: Partial<HttpTarget> = {}): HttpTarget {
  return { name: 'shop', url: 'http://shop.example/', method: 'GET', headers: {}, rate: 20, ...more };
}

/** A reporter that keeps what it is told. */
export function keptReport(): { reporter: Reporter; lines: string[]; warnings: string[] } {
  const lines: string[] = [];
  const warnings: string[] = [];
  return {
    lines,
    warnings,
    reporter: {
      phase: (_title, run) => run(),
      line: (text) => void lines.push(text),
      progress: () => undefined,
      warning: (text) => void warnings.push(text),
      secret: () => undefined,
    },
  };
}
