import { join } from 'node:path';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { renderMesh, saveBundle, writeMesh } from './acme.ts';
import { deliverTo } from './delivery.ts';
import type { Embedded } from './embedded.ts';

/** What the tests of one delivery share: a cluster, a bundle for it, and the way there. */
export interface Story {
  embedded: Embedded;
  cluster: Cluster;
  delivery: ReturnType<typeof deliverTo>;
  /** Acme's mesh, rendered for this cluster. */
  bundle: Bundle;
  /** Where the bundle is written. */
  bundlePath: string;
}

export const environments = '  dev:\n    clusters: [{ name: dev, context: dev }]\n';

/** Renders acme for the cluster `dev`. */
export async function beginStory(embedded: Embedded): Promise<Story> {
  const bundle = await renderMesh(await writeMesh(join(embedded.home, 'acme'), { environments }), embedded);
  const cluster = embedded.cluster('dev');
  return {
    embedded,
    cluster,
    delivery: deliverTo(cluster, 'dev'),
    bundle,
    bundlePath: await saveBundle(bundle, join(embedded.home, 'bundle')),
  };
}
