import { DeliveryError } from '../../errors.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { probeInjector } from './probe-injector.ts';

/** How often the injector is asked, in milliseconds. */
const askEvery = 500;

/** Waits until the injector of a revision gives a pod its proxy; what only others refuse is left to them. */
export async function awaitInjector(context: UpgradeContext, revision: string): Promise<void> {
  const { cluster, namespace, clock, reporter, signal, timeout } = context;
  const giveUp = clock.now().getTime() + timeout;
  while (true) {
    const probe = await probeInjector(cluster, { namespace, revision });
    if (probe === 'injected') return;
    if (!probe.conclusive) {
      reporter.warning(`the injector of revision ${revision} could not be asked in ${cluster.name}: ${probe.trouble}`);
      return;
    }
    if (clock.now().getTime() >= giveUp) {
      throw new DeliveryError(
        `the injector of revision ${revision} of cluster ${cluster.name} does not answer as it must: ${probe.trouble}`,
        { remedy: `see istiod-${revision} and its Service, then resume`, code: 'InjectorUnreachable', retryable: true },
      );
    }
    reporter.progress(`${cluster.name} · waits for the injector of ${revision} (${probe.trouble})`);
    await clock.sleep(askEvery, signal);
  }
}
