import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../src/adapters/files/read-bundle.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { deliverTo } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { forceFields } from '../support/somebody.ts';
import { revisions, upgradeTo, writeRevision } from '../support/upgrade.ts';
import { deployReady, teamsOf } from '../support/upgrade-story.ts';
import { watchedCluster } from '../support/watched-cluster.ts';
import { withRequests } from './upgrade/amendments.ts';

const groups = { canary: ['payments'], main: ['shop'] };
const journalId = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio-delivery-upgrade' };

/** The command line, as somebody types it who has put the mesh file back while its upgrade is open. */
describe('an upgrade that is open', () => {
  let embedded: Embedded;
  let before: Record<string, unknown>;
  let id: string;
  let bundles: { old: Bundle; new: Bundle };
  let otherPlan: Plan;
  let amendmentPlan: Plan;

  const file = (name: string) => join(embedded.home, name);
  const onDev = (bundle: string, ...words: string[]) =>
    embedded.run(...words, '--bundle', file(bundle), '--environment', 'dev');
  const upgrade = (bundle: string, command: string, ...words: string[]) =>
    onDev(bundle, 'upgrade', command, '--record', file('record.json'), ...words);
  const plan = (bundle: string) => onDev(bundle, 'plan', '--out', file(`${bundle}.json`));
  const planned = async (bundle: string) => JSON.parse(await readFile(file(`${bundle}.json`), 'utf8')) as Plan;
  const journal = () => embedded.cluster('dev').get(journalId);

  /** Every object of the mesh, and the journal with its version: what a refusal leaves as it is. */
  const everything = async () => ({
    mesh: await meshSnapshot(embedded.cluster('dev')),
    journal: (await journal())?.metadata.resourceVersion,
  });

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    for (const [name, revision] of Object.entries(revisions)) {
      const mesh = await writeRevision(embedded, revision, { groups, group: () => 'batch: 2' });
      expect(await embedded.run('render', '--mesh', mesh, '--out', file(name))).toMatchObject({ code: 0 });
    }
    bundles = { old: await readBundle(file('old')), new: await readBundle(file('new')) };
    expect(await onDev('old', 'promote', '--record', file('record.json'))).toMatchObject({ code: 0 });
    await deployReady(embedded.cluster('dev'), teamsOf(groups));
    const delivery = deliverTo(embedded.cluster('dev'), 'dev');
    otherPlan = await delivery.plan(bundles.new, true);
    amendmentPlan = await delivery.plan(withRequests(bundles.old, 1234));
    before = await meshSnapshot(embedded.cluster('dev'));
  });

  afterAll(() => embedded?.stop());

  test('has failed at a group', async () => {
    const never = { kind: 'pod', namespace: 'payments', name: 'api', revision: revisions.new, failure: 'never-ready' };
    await embedded.faults('dev', never as Parameters<Embedded['faults']>[1]);
    expect(await upgrade('new', 'start', '--timeout', '6')).toMatchObject({ code: 1 });
    await embedded.faults('dev');
  });

  test('shows in the plan of the bundle it goes to: what is open, why it stands, what is left, what commands do', async () => {
    const { code, stdout } = await plan('new');
    expect(code).toBe(0);
    expect(stdout).not.toContain('Nothing to do');
    const [cluster] = (await planned('new')).clusters;
    id = cluster?.open?.id ?? '';
    expect(cluster?.open).toMatchObject({
      role: 'target',
      step: 'group:canary',
      failure: { code: 'WorkloadUnhealthy' },
    });
    for (const said of [
      `Upgrade ${id} is open since `,
      'it stands at step group:canary, which failed',
      'WorkloadUnhealthy: Deployment payments/api of cluster dev',
      'upgrade start, upgrade resume: goes on with step group:canary',
      'upgrade rollback: goes back to 1-31-0: undoes group:canary, gateways, config, control-plane, base',
      'upgrade finish: refused (NotReadyToFinish): group:canary, group:main,',
      '~ Service istio-system/istiod-revision-tag-prod-main',
      '- Deployment istio-system/istiod-1-31-0 (apps/v1), uid ',
      'this bundle is where it goes to: 31 changes left.',
    ]) {
      expect(stdout).toContain(said);
    }
    // What was carried out already is not in it.
    expect(stdout).not.toContain('Deployment istio-system/istiod-1-31-0-b');
    expect(stdout).not.toContain('istiod-revision-tag-prod-canary');
  });

  test('is what status says first, with the step and the reason, and never healthy', async () => {
    const { code, stdout } = await embedded.run('status', '--bundle', file('old'));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `not healthy:\\n(?: {4}.*\\n)* {4}upgrades: upgrade ${id} to revision 1-31-0-b is open since .* and failed at step group:canary \\(WorkloadUnhealthy\\): Deployment payments/api`,
      ),
    );
    expect(stdout).not.toContain('healthy, no drift');
  });

  test('shows in the plan of the bundle it comes from, and names rollback', async () => {
    const { code, stdout } = await plan('old');
    expect(code).toBe(0);
    expect(stdout).not.toContain('Nothing to do');
    expect(stdout).toContain(
      `upgrade start, upgrade resume, upgrade finish: refused (SourceBundle): this is the bundle`,
    );
    expect(stdout).toContain('upgrade rollback: goes back to 1-31-0: undoes group:canary,');
    expect(stdout).toMatch(/is open; this bundle is where it comes from, and rollback is the way back to it\.$/m);
  });

  test.each(['start', 'resume', 'finish'])(
    'is not taken forward by %s with the bundle it comes from',
    async (command) => {
      const digest = (await planned('old')).digest;
      const words = command === 'start' ? ['--plan', file('old.json'), '--approve', digest] : [];
      const untouched = await everything();
      const { code, stderr } = await upgrade('old', command, ...words);
      expect({ code, stderr }).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(
          /^refused: dev \(SourceBundle\): .*this is the bundle that upgrade .* comes from; rollback goes back to 1-31-0; to go on, give bundle sha256:/m,
        ),
      });
      expect(await everything()).toEqual(untouched);
    },
  );

  test('is not begun anew by a plan that was not made for it, and names both digests', async () => {
    const untouched = await everything();
    const outcome = await upgradeTo(embedded, bundles.new).run('start', { plan: otherPlan });
    const approved = (await planned('new')).clusters[0]?.open?.plan;
    expect(outcome).toMatchObject({ result: 'refused', code: 'AnotherPlan' });
    expect(outcome.reason).toContain(
      `open under plan ${approved}, and the given plan ${otherPlan.digest} was not made`,
    );
    expect(await everything()).toEqual(untouched);
  });

  test('takes no configuration under a plan that was made before it was opened', async () => {
    const untouched = await everything();
    const { outcome } = await deliverTo(embedded.cluster('dev'), 'dev').promote(withRequests(bundles.old, 1234), {
      plan: amendmentPlan,
    });
    expect(outcome).toMatchObject({
      code: 'PlanMoved',
      kind: 'refused',
      reason: expect.stringContaining(`no upgrade was open when the plan was made, and upgrade ${id} is open now`),
    });
    expect(await everything()).toEqual(untouched);
  });

  test.each(['old', 'new'])('leaves promote of the bundle %s nothing to do, and it proves nothing', async (bundle) => {
    const untouched = await everything();
    const { code, stdout } = await onDev(bundle, 'promote', '--record', file('promotion.json'));
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('dev: its configuration is that of this bundle already; an upgrade is open'),
    });
    expect(JSON.parse(await readFile(file('promotion.json'), 'utf8'))).toMatchObject({
      clusters: [{ result: 'unchanged', during: id }],
    });
    expect(await everything()).toEqual(untouched);
  });

  test('goes on by the plan that it shows, approved by its digest', async () => {
    const { digest } = await planned('new');
    const words = ['--plan', file('new.json'), '--approve', digest, '--until', 'group:canary'];
    expect(await upgrade('new', 'start', ...words)).toMatchObject({ code: 0 });
    expect((await plan('new')).stdout).toContain('it stands at step group:main (6 of 11 steps done)');
  });

  test('does not go on by such a plan when the mesh has changed behind it', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-gateways', name: 'egress' };
    const named = { namespace: service.namespace, name: service.name };
    const label = (app: string) =>
      forceFields(embedded.cluster('dev'), service, { metadata: { ...named, labels: { app } } });
    const mine = await planned('new');
    await label('somebodys');
    expect(await upgradeTo(embedded, bundles.new).run('start', { plan: mine })).toMatchObject({
      result: 'refused',
      code: 'PlanMoved',
      reason: expect.stringContaining('Service istio-gateways/egress: .metadata.labels.app is now owned by "somebody"'),
    });
    await label('egress');
  });

  test('goes back under rollback with the bundle it comes from, and stands there when that is cut off', async () => {
    const stop = new AbortController();
    const outcome = await upgradeTo(embedded, bundles.old).run('rollback', {
      signal: stop.signal,
      connect: (real) =>
        watchedCluster(real, ({ object }) => {
          if (object === 'Deployment payments/web') stop.abort(new Error('the runner was stopped'));
        }),
    });
    expect(outcome).toMatchObject({ result: 'failed', code: 'Interrupted', interrupted: true });
    const { stdout } = await plan('new');
    expect(stdout).toContain('it goes back to 1-31-0, and stands at step group:canary');
    expect(stdout).toContain('upgrade start, upgrade finish: refused (RollbackUnderWay)');
    expect(stdout).toContain('upgrade resume, upgrade rollback: continues the rollback to 1-31-0');
  });

  test.each([
    ['start', 'new'],
    ['finish', 'new'],
    ['start', 'old'],
  ])('is not taken forward from there by %s with the bundle %s', async (command, bundle) => {
    const untouched = await everything();
    expect(await upgrade(bundle, command)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('refused: dev (RollbackUnderWay)'),
    });
    expect(await everything()).toEqual(untouched);
  });

  test('is brought back to its beginning by resume with the bundle it comes from', async () => {
    expect(await upgrade('old', 'resume')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('dev: rolled back to 1-31-0'),
    });
    expect(await meshSnapshot(embedded.cluster('dev'))).toEqual(before);
  });

  test('leaves a plan that was made for it void', async () => {
    expect(await upgradeTo(embedded, bundles.new).run('start', { plan: await planned('new') })).toMatchObject({
      result: 'refused',
      code: 'PlanMoved',
      reason: expect.stringContaining(`upgrade ${id} was open when the plan was made, and it is over now`),
    });
  });
});
