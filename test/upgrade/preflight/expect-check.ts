import { expect } from 'vitest';
import { type CheckId, checks } from '../../../src/upgrade/preflight/checks.ts';
import type { Trouble } from '../../../src/upgrade/preflight/finding.ts';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { meshFacts } from '../../support/mesh-facts.ts';

/** A mesh that is like the clean one but for these facts. */
export type Case = [name: string, overrides: Partial<MeshFacts>];

/** What the check must say about a mesh: level, object, reason. */
export type Found = [level: Trouble['level'], object: string | undefined, reason: RegExp];

export function troublesOf(check: CheckId, overrides: Partial<MeshFacts>): Trouble[] {
  const found = checks.find(({ id }) => id === check);
  if (!found) throw new Error(`there is no check ${check}`);
  return found.find(meshFacts(overrides));
}

/** The check finds just these, in this order, each with a cure. */
export function expectFound(check: CheckId, overrides: Partial<MeshFacts>, found: Found[]): void {
  expect(troublesOf(check, overrides)).toEqual(
    found.map(([level, object, reason]) => ({
      level,
      ...(object === undefined ? {} : { object }),
      reason: expect.stringMatching(reason),
      cure: expect.stringMatching(/\S/),
    })),
  );
}
