import { join } from 'node:path';
import { checkedClusterName } from './cluster-name.ts';

/** Where everything of one kind cluster lives; its deletion removes `folder`. */
export interface KindLayout {
  name: string;
  folder: string;
  /** Written before anything is created. */
  record: string;
  /** What `kind create cluster --config` reads. */
  configuration: string;
  /** One context, named after the cluster. */
  kubeconfig: string;
  /** The file that kind itself writes, so that the user's own is never touched. */
  kindKubeconfig: string;
  /** Outside `folder`, so that it can be held while the folder goes. */
  lock: string;
  /** What kind could tell of creations that failed, unless another folder is asked for; outlives `folder`. */
  logs: string;
}

/** The folder with one folder for each kind cluster. */
export function kindFolder(home: string): string {
  return join(home, 'kind');
}

/** The folder with what kind could tell of creations that failed. */
export function kindLogs(home: string): string {
  return join(kindFolder(home), '.logs');
}

/** The files of one kind cluster below `home`. */
export function kindLayout(home: string, name: string): KindLayout {
  const folder = join(kindFolder(home), checkedClusterName(name));
  return {
    name,
    folder,
    record: join(folder, 'record.json'),
    configuration: join(folder, 'kind.yaml'),
    kubeconfig: join(folder, 'kubeconfig'),
    kindKubeconfig: join(folder, 'kind-kubeconfig'),
    lock: join(kindFolder(home), `.${name}.lock`),
    logs: join(kindLogs(home), name),
  };
}
