/** One group of application namespaces, as an upgrade takes it. */
export interface GroupPolicy {
  name: string;
  /** Namespaces that the mesh file names; those that carry the tag in a cluster belong to the group too. */
  namespaces: string[];
  /** The revision tag that its namespaces carry for good. */
  tag: string;
  /** Who sets that label: the bundle, or the namespaces' owners. */
  label: 'managed' | 'owner';
  /** Number of workloads that roll at the same time. */
  batch: number;
  /** Seconds that the group is left alone, and looked at again, before the next one. */
  soak: number;
}

/** A preflight check that the mesh's owners have decided not to be stopped by, and why. */
export interface Waiver {
  /** Id of the check: `rollout-floor`. */
  check: string;
  /** Only where it is about this object, as reports write it (`Deployment shop/storefront`); everywhere otherwise. */
  object?: string;
  reason: string;
}

/** How the mesh moves from one revision to the next. An approval of an upgrade covers it. */
export interface UpgradePolicy {
  /** In the order in which they move; the first one is the canary. */
  groups: GroupPolicy[];
  /** The tag that Gateways of the Gateway API carry; absent where the mesh has none. */
  gatewayApiTag?: string;
  /** Seconds that the whole mesh runs on the new revision before the old one may be retired. */
  soak: number;
  /** Whether upgrade notes must be acknowledged by their ids. */
  acknowledgeNotes: boolean;
  waivers: Waiver[];
}
