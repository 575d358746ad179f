import { coerce, lt } from 'semver';
import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { Inventory, InventoryEntry, PromotionRecord } from '../plan/cluster-state.ts';
import type { OpenUpgrade } from '../plan/open-upgrade.ts';
import type { StateDocument } from '../plan/read-state.ts';
import type { RepairWrite } from './repair-plan.ts';

/** A control plane of the mesh that is in the cluster. */
export interface ControlPlane {
  revision: string;
  /** As the tag of its image says; `unknown` where that is no version. */
  version: string;
}

/** What is known of a cluster whose state is to be repaired. */
export interface RepairFacts {
  cluster: string;
  /** The bundle that is said to run. */
  manifest: Pick<BundleManifest, 'digest' | 'mesh' | 'istio'>;
  record: StateDocument<PromotionRecord>;
  inventory: StateDocument<Inventory>;
  journal: StateDocument<OpenUpgrade>;
  controlPlanes: readonly ControlPlane[];
  /** The objects of the bundle that are in the cluster and the mesh's own. */
  ours: readonly InventoryEntry[];
  /** The same of the bundle that an open upgrade goes to. */
  coming: readonly InventoryEntry[];
}

/** What a repair has to write; nothing where the state is sound. Refuses a bundle that does not run there. */
export function decideRepair(facts: RepairFacts): RepairWrite[] {
  const { record, inventory, journal } = facts;
  if (!isDamaged(facts)) return [];
  refuseUnlike(facts);
  return [
    ...(inventory.kind === 'sound' ? [] : [{ document: 'inventory' as const, objects: united(facts) }]),
    ...(record.kind === 'sound' ? [] : [{ document: 'record' as const }]),
    // Last: until the others can be read, nothing may be taken for a mesh without an upgrade.
    ...(journal.kind === 'damaged' ? [{ document: 'journal' as const }] : []),
  ];
}

/** A cluster that has neither state nor control plane was never promoted to. */
function isDamaged({ record, inventory, journal, controlPlanes }: RepairFacts): boolean {
  const documents = [record, inventory, journal];
  if (documents.every(({ kind }) => kind === 'absent')) return controlPlanes.length > 0;
  return record.kind !== 'sound' || inventory.kind !== 'sound' || journal.kind === 'damaged';
}

function united({ ours, coming }: RepairFacts): InventoryEntry[] {
  const known = new Set(ours.map(({ uid }) => uid));
  return [...ours, ...coming.filter(({ uid }) => !known.has(uid))];
}

function refuseUnlike(facts: RepairFacts): void {
  const { cluster, manifest, record, journal, controlPlanes } = facts;
  const { digest, istio } = manifest;
  const refuse = (reason: string, remedy: string): never => {
    throw new DeliveryError(
      `state of cluster ${cluster} cannot be repaired with bundle ${digest}: ${reason}; ${remedy}`,
      { code: 'AnotherBundle', kind: 'refused' },
    );
  };
  const open = journal.kind === 'sound' && journal.value.state === 'open' ? journal.value : undefined;
  const named = namedBundles(record, open);
  if (named !== undefined && !named.includes(digest)) {
    const who = open ? `upgrade ${open.id} is open, and goes from` : 'its promotion record is sound, and names';
    refuse(`${who} ${named.join(' or ')}`, 'give that bundle');
  }
  if (!controlPlanes.some(({ revision }) => revision === istio.revision)) {
    const running = controlPlanes.length === 0 ? 'none of the mesh' : controlPlanes.map(text).join(' and ');
    refuse(
      `it has a control plane of revision ${istio.revision}, and the cluster has ${running}`,
      'give the bundle that runs there',
    );
  }
  // An upgrade goes from the older one to the newer one, where it goes to another version.
  const older = controlPlanes.filter(({ version }) => {
    const tag = coerce(version);
    return tag !== null && lt(tag, istio.version);
  });
  if (named === undefined && controlPlanes.length > 1 && older.length > 0) {
    refuse(
      `the cluster has control planes of ${controlPlanes.map(text).join(' and ')}, so an upgrade is on its way, and nothing tells how far it is`,
      `give the bundle that it came from, of ${older.map(text).join(' or ')}, and begin the upgrade again afterwards`,
    );
  }
}

function text({ revision, version }: ControlPlane): string {
  return `revision ${revision} (Istio ${version})`;
}

/** The bundles that may be said to run, where something sound tells of them. */
function namedBundles(record: StateDocument<PromotionRecord>, open: OpenUpgrade | undefined): string[] | undefined {
  if (open) return [open.old.bundle];
  if (record.kind !== 'sound') return undefined;
  const { current, inProgress } = record.value;
  return [current?.bundle, inProgress?.bundle].filter((bundle) => bundle !== undefined);
}
