import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, type ObjectId } from '../../src/ports/objects.ts';
import { read } from './delivery.ts';
import type { Embedded } from './embedded.ts';

/** Takes fields of an object by server-side apply, as another tool does. */
export async function forceFields(
  cluster: Cluster,
  { apiVersion, kind, ...metadata }: ObjectId,
  fields: Record<string, unknown>,
): Promise<KubernetesObject> {
  const object: KubernetesObject = { apiVersion, kind, metadata, ...fields };
  const result = await cluster.apply(object, { fieldManager: 'somebody', dryRun: false, force: true });
  if (result.kind !== 'applied') throw new Error(`${formatObjectId(metadata as ObjectId)}: ${JSON.stringify(result)}`);
  return result.object;
}

/** Writes an object anew, with whatever the edit left of it. */
export async function replaceObject(
  cluster: Cluster,
  id: ObjectId,
  edit: (object: KubernetesObject) => void,
): Promise<void> {
  const object = await read(cluster, id);
  edit(object);
  if (!(await cluster.replace(object))) throw new Error(`${formatObjectId(id)} changed meanwhile`);
}

/** Deletes whatever object has that name. */
export async function deleteObject(cluster: Cluster, id: ObjectId): Promise<void> {
  const { metadata } = await read(cluster, id);
  await cluster.delete(id, metadata.uid ?? '');
}

/** Changes fields of an object without server-side apply. */
export async function patchWithKubectl(
  { environment, home, tool }: Embedded,
  { kind, namespace = 'default', name }: ObjectId,
  fields: Record<string, unknown>,
): Promise<void> {
  const where = ['--context', 'dev', '--namespace', namespace];
  const what = [kind, name, '--type', 'merge', '--patch', JSON.stringify(fields)];
  await promisify(execFile)(tool('kubectl'), ['patch', ...where, ...what], { env: { ...environment, HOME: home } });
}
