import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { UpgradeRecord } from '../../src/record/upgrade-record.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { meshView } from '../support/mesh-view.ts';
import { deleteObject } from '../support/somebody.ts';
import { applyAsTeam, revisions, writeRevision } from '../support/upgrade.ts';
import { deployReady, teamsOf } from '../support/upgrade-story.ts';
import { podSpec } from '../support/workloads.ts';

const environments = `  dev:
    clusters: [{ name: east, context: east }, { name: west, context: west }]
    waves: [[east], [west]]
    gate: { approval: true }
`;
const groups = { canary: ['payments'], main: ['shop'] };

/** The command line, as somebody types it, on an environment of two clusters in two waves. */
describe('the command upgrade', () => {
  let embedded: Embedded;
  let digest: string;
  /** The mesh in its first cluster before the upgrade. */
  let east: Record<string, unknown>;

  const file = (name: string) => join(embedded.home, name);
  const onDev = (bundle: string, ...words: string[]) =>
    embedded.run(...words, '--bundle', file(bundle), '--environment', 'dev');
  const upgrade = (command: string, ...words: string[]) =>
    onDev('new', 'upgrade', command, '--record', file('record.json'), ...words);
  const start = (...words: string[]) => upgrade('start', '--plan', file('plan.json'), ...words);
  const recorded = async (name = 'record.json') => JSON.parse(await readFile(file(name), 'utf8')) as UpgradeRecord;

  beforeAll(async () => {
    embedded = await startEmbedded(['east', 'west']);
    for (const [name, revision] of Object.entries(revisions)) {
      const mesh = await writeRevision(embedded, revision, { environments, groups, group: () => 'batch: 2' });
      expect(await embedded.run('render', '--mesh', mesh, '--out', file(name))).toMatchObject({ code: 0 });
    }
    digest = await plan('old');
    const words = ['--plan', file('plan.json'), '--approve', digest, '--record', file('record.json')];
    const promoted = await onDev('old', 'promote', ...words);
    expect(promoted).toMatchObject({ code: 0 });
    await Promise.all(['east', 'west'].map((name) => deployReady(embedded.cluster(name), teamsOf(groups))));
    const debug = { name: 'debug', namespace: 'shop' };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: debug, spec: podSpec() };
    await applyAsTeam(embedded.cluster('west'), [pod]);
  });

  afterAll(() => embedded?.stop());

  async function plan(bundle: string): Promise<string> {
    const run = await onDev(bundle, 'plan', '--out', file('plan.json'), '--output', 'json');
    expect(run).toMatchObject({ code: 0 });
    return (JSON.parse(run.stdout) as Plan).digest;
  }

  test('ends with 2 where it is asked for a step that there is none of', async () => {
    const { code, stderr } = await upgrade('start', '--until', 'teardown');
    expect(code).toBe(2);
    expect(stderr).toContain('"teardown" is not one of this mesh\'s upgrade; it has: preflight, base, control-plane,');
    expect(await upgrade('start', '--until', 'base', '--group', 'main')).toMatchObject({ code: 2 });
    expect(await upgrade('undo')).toMatchObject({ code: 2 });
  });

  test('ends with 3 where the plan was not approved, or another one was, and begins nothing', async () => {
    digest = await plan('new');
    for (const approval of [[], ['--approve', 'sha256:0']]) {
      const { code, stderr } = await start(...approval);
      expect(code).toBe(3);
      expect(stderr).toMatch(/the gate of dev fails[\s\S]*approval/);
      expect(await recorded('record-refused.json')).toMatchObject({ result: 'refused', clusters: [] });
      expect(await recorded()).toMatchObject({ kind: 'Promotion', result: 'promoted' });
    }
    expect(await upgrade('status')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('west: not started: no upgrade was ever begun'),
    });
  });

  test('ends with 1 where a cluster fails, and leaves the next wave alone', async () => {
    east = await meshSnapshot(embedded.cluster('east'));
    const west = await meshSnapshot(embedded.cluster('west'));
    await embedded.faults('east', {
      kind: 'pod',
      namespace: 'payments',
      name: 'api',
      revision: revisions.new,
      failure: 'never-ready',
    });
    const { code, stderr } = await start('--approve', digest, '--timeout', '6');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^failed: east \(WorkloadUnhealthy\): Deployment payments\/api of cluster east is not well on /m,
    );
    const record = await recorded();
    expect(record).toMatchObject({
      result: 'failed',
      plan: digest,
      clusters: [
        { cluster: 'east', result: 'failed', code: 'WorkloadUnhealthy' },
        { cluster: 'west', result: 'not started' },
      ],
    });
    expect(await meshSnapshot(embedded.cluster('west'))).toEqual(west);
    expect((await meshView(embedded.cluster('east'))).tags).toMatchObject({
      'prod-canary': revisions.new,
      'prod-main': revisions.old,
    });
  });

  test('takes that cluster back, where the others have nothing to take back', async () => {
    await embedded.faults('east');
    const { code, stdout } = await upgrade('rollback');
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('dev: rolled back to 1-31-0\n'),
    });
    expect(await recorded()).toMatchObject({
      result: 'rolled back',
      clusters: [
        { cluster: 'east', result: 'rolled back' },
        { cluster: 'west', result: 'rolled back', state: 'no upgrade was ever begun' },
      ],
    });
    expect(await meshSnapshot(embedded.cluster('east'))).toEqual(east);
  });

  test('goes through both clusters by the same plan afterwards, and says so in a record and a report', async () => {
    const words = ['--approve', digest, '--report', file('report.html'), '--output', 'json'];
    const { code, stdout } = await start(...words);
    expect(code).toBe(0);
    const record = await recorded();
    expect(JSON.parse(stdout)).toEqual(record);
    expect(record).toMatchObject({
      kind: 'Upgrade',
      result: 'upgraded',
      from: { istio: { revision: revisions.old } },
      to: { istio: { revision: revisions.new } },
      clusters: [
        { cluster: 'east', result: 'upgraded' },
        { cluster: 'west', result: 'upgraded' },
      ],
    });
    const report = await readFile(file('report.html'), 'utf8');
    for (const said of ['east', 'west', 'Pod shop/debug', record.to.bundle]) expect(report).toContain(said);
  });

  test('shows where both clusters stand', async () => {
    const { code, stdout } = await upgrade('status');
    expect(code).toBe(0);
    const stands = `upgraded: ${revisions.old} and ${revisions.new} run side by side; 2 namespaces on ${revisions.new}; gateways served by ${revisions.new}; default is ${revisions.new}`;
    expect(stdout).toContain(`east: ${stands}`);
    expect(stdout).toContain(`west: ${stands}`);
    expect(stdout).toMatch(/left to their owners, and holding up finish:\n\s*Pod shop\/debug: /);
  });

  test('ends with 3 where a pod holds up the retirement in one of them', async () => {
    const { code, stderr } = await upgrade('finish');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^refused: west \(RevisionInUse\): .*Pod shop\/debug/m);
    expect((await recorded()).clusters).toMatchObject([{ result: 'finished' }, { result: 'refused' }]);
  });

  test('finishes the rest where a part is finished already', async () => {
    const debug = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'debug' };
    await deleteObject(embedded.cluster('west'), debug);
    const { code, stdout } = await upgrade('finish');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('the old revision is retired') });
    expect(await recorded()).toMatchObject({
      result: 'finished',
      clusters: [{ result: 'finished' }, { result: 'finished' }],
    });
  });

  test('has nothing to finish after that', async () => {
    const { code, stderr } = await upgrade('finish');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^refused: east \(NoUpgradeOpen\): .*none is open/m);
  });
});
