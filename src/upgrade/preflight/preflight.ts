import { didYouMean } from '../../mesh/nearest.ts';
import type { Waiver } from '../../mesh/upgrade-policy.ts';
import { type CheckId, checks } from './checks.ts';
import type { Trouble } from './finding.ts';
import { fail } from './finding.ts';
import type { MeshFacts } from './mesh-facts.ts';

/** Something that stands in the way of an upgrade, or that one should know before it. */
export interface PreflightFinding extends Trouble {
  check: CheckId;
  /** Why the mesh's owners have decided not to be stopped by it. */
  waived?: string;
}

/** All that the checks find, in the order of the checks. A failure that is waived stays in the list and says why. */
export function preflightFindings(facts: MeshFacts): PreflightFinding[] {
  const { waivers } = facts.policy;
  const found = checks.flatMap(({ id, find }) => find(facts).map((trouble) => ({ check: id, ...trouble })));
  return [...waiverTroubles(waivers), ...found.map((finding) => withWaiver(finding, waivers))];
}

/** Whether any of the findings stops the upgrade. */
export function blocks(findings: readonly PreflightFinding[]): boolean {
  return findings.some(isBlocking);
}

/** One line for each finding, what stops the upgrade first. */
export function findingLines(findings: readonly PreflightFinding[]): string[] {
  return findings
    .toSorted((left, right) => weight(left) - weight(right))
    .map(({ check, level, object, reason, cure, waived }) => {
      const word = waived === undefined ? level : 'waived';
      const why = waived === undefined ? `${reason}; ${cure}` : `${reason}; waived: ${waived}`;
      return `${word} ${check}${object === undefined ? '' : ` ${object}`}: ${why}`;
    });
}

/** Whether a finding stops the upgrade. */
export function isBlocking({ level, waived }: PreflightFinding): boolean {
  return level === 'fail' && waived === undefined;
}

function weight(finding: PreflightFinding): number {
  if (isBlocking(finding)) return 0;
  return ['fail', 'warn', 'note'].indexOf(finding.level) + 1;
}

function withWaiver(finding: PreflightFinding, waivers: readonly Waiver[]): PreflightFinding {
  if (finding.level !== 'fail') return finding;
  const waiver = waivers.find(
    ({ check, object }) => check === finding.check && (object === undefined || object === finding.object),
  );
  return waiver ? { ...finding, waived: waiver.reason } : finding;
}

/** A waiver that is misspelt would waive nothing, or be thought to. */
function waiverTroubles(waivers: readonly Waiver[]): PreflightFinding[] {
  const known: string[] = checks.map(({ id }) => id);
  return waivers
    .filter(({ check }) => !known.includes(check))
    .map(({ check }) => ({
      check: 'waivers' as const,
      ...fail(
        `upgrade.waivers names the check "${check}", which does not exist`,
        `correct it in the mesh file: ${didYouMean(check, known)}`,
      ),
    }));
}
