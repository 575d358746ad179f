import { standInSecret } from '../adapters/certificates/stand-in-secret.ts';
import { connectCluster } from '../adapters/kubernetes/connect-cluster.ts';
import { proxyCounters } from '../adapters/kubernetes/proxy-counters.ts';
import { imagesOf } from '../bundle/bundle-images.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { refuseMissing } from '../rehearsal/foreign-kinds.ts';
import type { Parts } from '../rehearsal/parts.ts';
import type { RehearsalPlan } from '../rehearsal/prepare-rehearsal.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import type { RehearsalTargets } from '../rehearsal/team/rehearsal-targets.ts';
import { watchInfrastructure } from '../rehearsal/watch-infrastructure.ts';
import type { JobContext } from './job.ts';
import { proxySourcesOf } from './proxy-sources.ts';
import type { RehearsalCluster } from './rehearsal-cluster.ts';
import type { Traffic } from './rehearsal-traffic.ts';

export interface RehearsalWork {
  values: { rollback: boolean; timeout: number; 'kind-kubeconfig': string | undefined };
  plan: RehearsalPlan;
  target: ClusterTarget;
  traffic: Traffic;
  targets: RehearsalTargets;
  parts: Parts;
}

/** Refuses kinds that a new cluster cannot have, before there is one; of a given cluster nobody knows yet. */
export async function refuseUndefined({ values, plan, parts }: RehearsalWork): Promise<void> {
  const missing = plan.foreignKinds.filter(({ builtIn }) => !builtIn);
  if (values['kind-kubeconfig'] !== undefined || missing.length === 0) return;
  await parts.run('prerequisites', async () => refuseMissing(missing));
}

/** The rehearsal in its cluster, which ends when that is lost; `begun` gets what tells how far it came. */
export async function rehearseInCluster(
  at: RehearsalCluster,
  work: RehearsalWork & { begun: (soFar: () => Rehearsal) => void },
  run: JobContext,
): Promise<Rehearsal> {
  const { values, plan, target, traffic, targets, parts, begun } = work;
  const { kubeconfig, context: name, title, loadImages } = at;
  const { secret } = run.reporter;
  const watch = watchInfrastructure(at.infrastructure, run);
  const signal = AbortSignal.any([run.signal, watch.signal]);
  try {
    const proxySources = (await proxySourcesOf(plan.coming.manifest, kubeconfig, { ...run, signal }))({
      context: name,
    });
    // What a stopped run has begun is taken back; a lost cluster is asked nothing more.
    const cluster = connectCluster({ name: target.name, kubeconfig, context: name, secret, signal: watch.signal });
    const names = [plan.old, plan.coming].flatMap(({ manifest }) => manifest.images);
    const optional = [...new Set([...traffic.images, ...imagesOf([...plan.workloads, ...plan.prerequisites])])];
    return await rehearse(cluster, {
      plan,
      target: { name: target.name, context: name },
      title,
      rollback: values.rollback,
      after: traffic.after,
      // What the traffic lacks says nothing about the bundle: it is not measured, and so no pass.
      ...(loadImages ? { loadImages: () => loadImages({ names, optional }) } : {}),
      standIns: await Promise.all(plan.copies.standIns.map((standIn) => standInSecret(standIn, run))),
      startTraffic: (baseline, onBegin) => traffic.start(cluster, { targets, baseline, proxySources, signal, onBegin }),
      begun,
      targets,
      proxies: proxySources.proxies,
      watch,
      counters: proxyCounters({ kubeconfig, context: name, secret, signal }),
      parts,
      timeout: values.timeout * 1000,
      ...run,
    });
  } finally {
    watch.stop();
  }
}
