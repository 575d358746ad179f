import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import type { CertificateDirectory } from '../ports/certificates.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { ProxyDirectory } from '../ports/proxies.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { ProbeRun } from '../probe/probe-run.ts';
import { lookAfter, trustedRoots } from './look-after.ts';
import { missingNamespaces } from './missing-namespaces.ts';
import type { Overlay } from './overlay/overlay.ts';
import { overlayBundles } from './overlay/overlay-bundle.ts';
import type { Parts } from './parts.ts';
import { refuseUsed } from './refuse-used.ts';
import type { Rehearsal, RehearsalCheck } from './rehearsal.ts';
import { rehearsalResult } from './rehearsal-result.ts';
import { type RehearsalWay, rehearsalWay } from './rehearsal-way.ts';
import { type Stage, stageOn } from './stage.ts';

export interface RehearsalOptions {
  /** What the environment runs now; a first install is rehearsed where it is not given. */
  from?: Bundle;
  to: Bundle;
  /** The cluster of the bundles whose objects are applied; its context leads to the rehearsal's cluster. */
  target: ClusterTarget;
  /** What the rehearsal's cluster is, as a person reads it. */
  title: string;
  overlay: Overlay;
  /** The sample's objects and the team's own, which carry the traffic. */
  workloads: KubernetesObject[];
  /** Also goes back when everything has moved, and forward again. */
  rollback: boolean;
  /** Seconds of traffic after the change. */
  after: number;
  /** Has the nodes hold the images of the bundles; they pull them where it is absent. */
  loadImages?: () => Promise<void>;
  /** Begins the traffic when everything that carries it is ready, and measures what later is compared with, where asked. */
  startTraffic: (baseline: boolean) => Promise<ProbeRun>;
  proxies: ProxyDirectory;
  certificates?: CertificateDirectory;
  /** Keeps how each part went; those before this may be in it already. */
  parts: Parts;
  /** Milliseconds that any one thing may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/**
 * Installs what an environment runs, lets traffic flow, and takes the very way to the new bundle that the environment
 * will take. What goes wrong stands in the result; only an interruption and a defect are thrown.
 */
export async function rehearse(cluster: Cluster, options: RehearsalOptions): Promise<Rehearsal> {
  const { from, to, target, overlay, workloads, title, proxies, certificates, parts } = options;
  const { namespaces, istio, upgrade: policy } = to.manifest;
  const way = rehearsalWay(from?.manifest, to.manifest, options);
  await refuseUsed(cluster, { environments: to.manifest.environments, namespace: namespaces.controlPlane });
  const bundles = from ? [from, to] : [to];
  const laid = overlayBundles(
    bundles.map((bundle) => clusterBundle(bundle, target.name)),
    overlay,
  );
  const sides = bundles.map((bundle, index) => withCluster(bundle, target, laid.value[index]));
  const stage = stageOn(cluster, { ...options, old: sides[0] ?? to, coming: sides.at(-1) ?? to });
  let traffic: ProbeRun | undefined;
  let checks: RehearsalCheck[] = [];
  try {
    if (options.loadImages) await parts.run('images', options.loadImages);
    await parts.run('install', () => stage.install(missingNamespaces(laid.value, workloads, policy)));
    await parts.run('workloads', () => stage.deploy(workloads));
    const roots = certificates ? await trustedRoots(cluster, certificates) : [];
    const compares = way !== 'first install';
    const flowing = await parts.run(compares ? 'before' : 'traffic', () => options.startTraffic(compares));
    traffic = flowing;
    await change({ way, stage, traffic: flowing, options });
    checks = await parts.run('checks', () =>
      lookAfter(cluster, {
        revision: istio.revision,
        namespace: namespaces.controlPlane,
        proxies,
        rootsBefore: roots,
        ...(certificates ? { certificates } : {}),
      }),
    );
  } catch (error) {
    // It stands in the part that failed.
    if (!(error instanceof DeliveryError) || options.signal.aborted) {
      await traffic?.stop();
      throw error;
    }
  }
  const probe = await traffic?.stop();
  const outcome = { parts: parts.all(), checks, upgrades: stage.upgrades(), ...(probe ? { probe } : {}) };
  return { ...rehearsalResult(outcome), ...outcome, cluster: title, overlay: laid.changes };
}

interface Change {
  way: RehearsalWay;
  stage: Stage;
  traffic: ProbeRun;
  options: RehearsalOptions;
}

/** The change itself, and traffic after it. */
async function change({ way, stage, traffic, options }: Change): Promise<void> {
  const { after, rollback, parts, clock, signal, reporter } = options;
  const measured = (part: string, work: () => Promise<void>) =>
    parts.run(part, async () => {
      await traffic.enter(part);
      await work();
    });
  if (way === 'promotion') {
    await measured('promotion', async () => {
      await stage.promote();
      await traffic.check('the promotion');
    });
  }
  if (way === 'upgrade') {
    await measured('upgrade', () => stage.upgrade('start', traffic));
    if (rollback) {
      await measured('rollback', () => stage.upgrade('rollback', traffic));
      await measured('upgrade again', () => stage.upgrade('start', traffic));
    }
    await measured('finish', () => stage.upgrade('finish', traffic));
  }
  await measured('after', async () => {
    reporter.line(`traffic is measured for ${after} s more`);
    await clock.sleep(after * 1000, signal);
  });
}

function withCluster(bundle: Bundle, { name }: ClusterTarget, part: Bundle['clusters'][string] | undefined): Bundle {
  return part ? { ...bundle, clusters: { [name]: part } } : bundle;
}
