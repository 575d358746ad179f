import { parse, type SemVer } from 'semver';

/** Why a move from one version of Istio to another is refused, and what to do instead. */
export interface VersionRefusal {
  reason: string;
  cure: string;
}

/** Steps of the minor version that one move may take, in each direction. */
interface Reach {
  up: number;
  down: number;
}

const inPlace: Reach = { up: 1, down: 1 };
const byRevision: Reach = { up: 2, down: 1 };

/**
 * Whether a control plane may be replaced by one of another version where it stands: one minor version up or down,
 * any patch. https://istio.io/latest/docs/setup/upgrade/in-place/
 */
export function inPlaceRule(from: string, to: string): VersionRefusal | undefined {
  return refusal({ from, to, reach: inPlace, way: 'in place' });
}

/**
 * Whether a control plane may be put beside one of another version: two minor versions up, one down, any patch.
 * https://istio.io/latest/docs/setup/upgrade/canary/
 */
export function byRevisionRule(from: string, to: string): VersionRefusal | undefined {
  return refusal({ from, to, reach: byRevision, way: 'by revision' });
}

interface Move {
  from: string;
  to: string;
  reach: Reach;
  way: string;
}

function refusal({ from, to, reach, way }: Move): VersionRefusal | undefined {
  const [old, next] = [parse(from), parse(to)];
  if (!old || !next) {
    const unreadable = old ? to : from;
    return {
      reason: `"${unreadable}" is no version of Istio, so nothing can be said about the move`,
      cure: 'give versions in full, as 1.31.0',
    };
  }
  if (old.major !== next.major) {
    return {
      reason: `Istio ${from} and ${to} are different major versions`,
      cure: 'follow what Istio says about moving between them',
    };
  }
  const steps = next.minor - old.minor;
  if (steps > reach.up) return tooFar(old, { to, steps, reach: reach.up, way });
  if (-steps > reach.down) return tooFar(old, { to, steps, reach: -reach.down, way });
  return undefined;
}

function tooFar(
  { major, minor, version }: SemVer,
  { to, steps, reach, way }: { to: string; steps: number; reach: number; way: string },
): VersionRefusal {
  const allowed = Math.abs(reach);
  return {
    reason: `Istio ${to} is ${Math.abs(steps)} minor versions ${steps > 0 ? 'above' : 'below'} ${version}; ${way} it may be ${allowed}`,
    cure: `go to ${major}.${minor + reach} first`,
  };
}
