import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { InfrastructureTrouble } from '../../src/ports/infrastructure.ts';
import { type InfrastructureWatch, watchInfrastructure } from '../../src/rehearsal/watch-infrastructure.ts';
import { until } from '../support/until.ts';

let trouble: InfrastructureTrouble | undefined;
let watch: InfrastructureWatch;

afterEach(() => watch.stop());

function begin(found: InfrastructureTrouble | undefined, { every = 10, silence = 300 } = {}): void {
  trouble = found;
  watch = watchInfrastructure({ trouble: async () => trouble }, { clock: systemClock, every, silence });
}

test('ends everything when a node is dead, and says which', async () => {
  begin(undefined);
  expect(await watch.look()).toBeUndefined();
  const before = watch.lastWell();
  trouble = { reason: 'node container one exited with 137 (killed)', certain: true };
  await until('the cluster is lost', async () => watch.signal.aborted);
  expect(watch.signal.reason).toMatchObject({
    code: 'ClusterLost',
    message: 'the cluster of the rehearsal is lost: node container one exited with 137 (killed)',
  });
  expect(await watch.look()).toBe(watch.signal.reason);
  expect(watch.lastWell().getTime()).toBeGreaterThanOrEqual(before.getTime());
});

test('takes silence for a loss only after a while', async () => {
  begin({ reason: 'API server gave no answer within 10 s', certain: false });
  const started = Date.now();
  await until('the cluster is lost', async () => watch.signal.aborted);
  expect(Date.now() - started).toBeGreaterThanOrEqual(250);
});

test('lets a look wait until an API server that was silent answers again', async () => {
  begin({ reason: 'API server gave no answer within 10 s', certain: false }, { every: 60_000, silence: 60_000 });
  const looked = watch.look();
  await systemClock.sleep(50);
  trouble = undefined;
  expect(await looked).toBeUndefined();
  expect(watch.signal.aborted).toBe(false);
});
