import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { TrafficRun, WatchedChange } from '../ports/traffic.ts';
import { judgeBaseline } from './judge-probe.ts';
import { type ProbeOptions, type ProbeRun, startProbe } from './probe-run.ts';

const cures: Record<WatchedChange, string> = {
  promotion: 'promote again, which measures a new baseline, or promote the bundle of before',
  upgrade: 'resume, which measures a new baseline, or roll the upgrade back',
  rollback: 'roll back again, which measures once more',
};

/**
 * Watches one change. Nothing is to be changed where nothing can be measured, and no mesh is to be moved whose traffic
 * is not well (`TrafficUnknown`); a promotion may be what mends it, and goes on. A rollback has no baseline to be
 * compared with: what it leads to is judged by itself.
 */
export function watchTraffic(
  cluster: Cluster,
  change: WatchedChange,
  options: Omit<ProbeOptions, 'cure' | 'excuseProxies'>,
): TrafficRun {
  const { policy, reporter } = options;
  let begun: Promise<ProbeRun> | undefined;
  let probe: ProbeRun | undefined;

  async function measured(): Promise<ProbeRun> {
    const baseline = change === 'rollback' ? 0 : policy.baseline;
    const run = await startProbe(cluster, {
      ...options,
      policy: { ...policy, baseline },
      // Those that it brings back are other pods.
      excuseProxies: change === 'rollback',
      cure: cures[change],
    });
    probe = run;
    if (change === 'rollback') return run;
    const { unmeasured, unwell } = judgeBaseline(run.judged());
    const reasons = change === 'upgrade' ? [...unmeasured, ...unwell] : unmeasured;
    if (reasons.length > 0) throw notBegun(cluster.name, change, reasons);
    for (const reason of unwell) reporter.warning(`${cluster.name} · probe: ${reason}`);
    await run.enter(change);
    return run;
  }

  function begin(): Promise<ProbeRun> {
    begun ??= measured();
    return begun;
  }

  return {
    async begin() {
      await begin();
    },
    async check(after) {
      const run = await begin();
      if (change === 'rollback') await run.enter('after');
      await run.check(after);
    },
    stop: async () => probe?.stop(),
  };
}

function notBegun(cluster: string, change: WatchedChange, reasons: readonly string[]): DeliveryError {
  return new DeliveryError(
    `${change} of cluster ${cluster} did not go on, for there is nothing to compare its traffic with: ${reasons.join('; ')}`,
    {
      remedy: `Mend that and ${cures[change]}; probe in the mesh file says what is measured`,
      code: 'TrafficUnknown',
      retryable: true,
    },
  );
}
