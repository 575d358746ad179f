import { maxSatisfying, valid, validRange } from 'semver';
import { DeliveryError } from '../../errors.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { createHostReach } from './host-reach.ts';
import { fetchIstioVersions } from './istio-releases.ts';
import { readLock } from './lock-file.ts';
import type { ToolchainSettings } from './toolchain-settings.ts';

export interface VersionChoice {
  /** Exact, without a leading `v`. */
  version: string;
  /** What decided, as a person reads it. */
  source: string;
}

export interface VersionWish {
  /** A version or a range that the caller gave; goes before the mesh file. */
  asked: string | undefined;
  /** The version that the mesh file wants. */
  mesh: { path: string; version: string } | undefined;
}

/**
 * Chooses the version of istioctl: the exact one that was asked for, the newest release in the range that was asked
 * for, the mesh file's, or the one of toolchain.lock.json. Only a range asks GitHub; where it cannot be reached, or
 * only locked tools are taken, the range must hold the locked version.
 */
export async function chooseIstioVersion(
  wish: VersionWish,
  settings: ToolchainSettings,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<VersionChoice> {
  const exact = wish.asked === undefined ? null : valid(wish.asked.trim());
  if (exact !== null) return { version: exact, source: 'the version given' };
  if (wish.asked !== undefined) return chooseFromRange(wish.asked.trim(), settings, reporter, signal);
  if (wish.mesh !== undefined) return { version: wish.mesh.version, source: `istio.version of ${wish.mesh.path}` };
  return { version: await lockedVersion(settings), source: 'toolchain.lock.json' };
}

async function chooseFromRange(
  range: string,
  settings: ToolchainSettings,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<VersionChoice> {
  if (validRange(range) === null) {
    throw new DeliveryError(
      `istioctl "${range}" is neither a version nor a range; give one such as 1.31.0, 1.31.x or ~1.31.2.`,
      {
        code: 'VersionUnreadable',
        kind: 'usage',
      },
    );
  }
  if (settings.locked) return fromLock(range, settings, 'only locked tools are taken');
  const reach = await createHostReach(3_000)(settings.apiUrl);
  if (reach.kind === 'unreachable') {
    const choice = await fromLock(range, settings, `${settings.apiUrl} cannot be reached (${reach.reason})`);
    reporter.warning(
      `istioctl ${range}: ${settings.apiUrl} cannot be reached (${reach.reason}); took ${choice.version}, there may be a newer one.`,
    );
    return choice;
  }
  const versions = await fetchIstioVersions(settings, signal);
  const version = maxSatisfying(versions, range);
  if (version !== null) return { version, source: `newest release of istio/istio in ${range}` };
  throw new DeliveryError(
    `istioctl ${range} has no release among the ${versions.length} of istio/istio; correct the range.`,
    {
      code: 'VersionNotReleased',
      kind: 'usage',
    },
  );
}

async function fromLock(range: string, settings: ToolchainSettings, why: string): Promise<VersionChoice> {
  const version = await lockedVersion(settings);
  if (maxSatisfying([version], range) !== null) return { version, source: `toolchain.lock.json, which is in ${range}` };
  throw new DeliveryError(
    `istioctl ${range} cannot be chosen: ${why}, and the locked ${version} is not in it; give an exact version.`,
    {
      code: 'VersionNotLocked',
      kind: 'refused',
    },
  );
}

async function lockedVersion({ root }: ToolchainSettings): Promise<string> {
  return (await readLock(root)).tools.istioctl.version;
}
