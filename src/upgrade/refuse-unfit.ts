import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { outlookOn } from '../plan/open-upgrade-commands.ts';
import type { UpgradeCommand } from './cluster-upgrade.ts';
import type { Journal } from './journal.ts';

/** What a run is given. */
interface Given {
  command: UpgradeCommand;
  manifest: BundleManifest;
  /** Name of the environment that was asked for. */
  environment: string;
}

/** Whether the command may run with this bundle while that upgrade is open; nothing is written where it may not. */
export function refuseUnfit(cluster: string, options: Given, journal: Journal): void {
  const { command, manifest, environment } = options;
  refuseElsewhere(cluster, { manifest, environment }, journal);
  if (command === 'status' || command === 'pause') return;
  const outlook = outlookOn(command, { digest: manifest.digest, revision: manifest.istio.revision }, journal);
  if (outlook.kind === 'runs') return;
  throw new DeliveryError(`upgrade ${command} of cluster ${cluster} is refused: ${outlook.reason}`, {
    remedy: outlook.remedy,
    code: outlook.code,
    kind: 'refused',
  });
}

/** A context that leads to the cluster of another environment, or of another mesh, must not move that one. */
function refuseElsewhere(
  cluster: string,
  { manifest, environment }: Omit<Given, 'command'>,
  { id, mesh, environment: known }: Journal,
): void {
  // An environment that the bundle does not have any more was renamed.
  const isOther = known !== environment && manifest.environments.some(({ name }) => name === known);
  if (mesh === manifest.mesh && !isOther) return;
  const whose =
    mesh === manifest.mesh ? `environment ${known}, not ${environment}` : `mesh ${mesh}, not ${manifest.mesh}`;
  throw new DeliveryError(
    `upgrade ${id} of cluster ${cluster} belongs to ${whose}; correct the context in the mesh file, or name that environment`,
    { code: 'AnotherUpgrade', kind: 'refused' },
  );
}
