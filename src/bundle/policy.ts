import type { Environment } from '../mesh/environment.ts';
import type { FieldOwner } from '../mesh/field-owner-schema.ts';
import type { HealthPolicy } from '../mesh/health-policy.ts';
import type { ProbePolicy } from '../mesh/probe-policy.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { BundleManifest } from './bundle.ts';

/** What a bundle decides beside its objects: who comes before whom, what is asked for, how the mesh moves and is watched. */
export interface BundlePolicy {
  environments: Environment[];
  namespaces: BundleManifest['namespaces'];
  upgrade: UpgradePolicy;
  health: HealthPolicy;
  probe?: ProbePolicy;
  /** Fields that others own. */
  fields?: FieldOwner[];
}

export function policyOf({ environments, namespaces, upgrade, health, probe, fields }: BundleManifest): BundlePolicy {
  return { environments, namespaces, upgrade, health, ...(probe ? { probe } : {}), ...(fields ? { fields } : {}) };
}
