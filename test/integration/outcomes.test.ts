import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leaseName } from '../../src/plan/cluster-state.ts';
import type { DeliveryRecord } from '../../src/record/record.ts';
import type { UpgradeRecord } from '../../src/record/upgrade-record.ts';
import { writeMesh } from '../support/acme.ts';
import { commandLine, type Embedded, startEmbedded } from '../support/embedded.ts';
import { onSmallDisk } from '../support/folders.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { type ProcessOptions, runProcess } from '../support/run-process.ts';
import { type ApiWrite, startWriteGate } from '../support/write-gate.ts';

const environments = `  prod:
    clusters: [{ name: east, context: east }, { name: west, context: west }]
    waves: [[east], [west]]
`;

interface Kubeconfig {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: { name: string; user: Record<string, unknown> }[];
  contexts: { name: string }[];
}

/** How runs end, and what they leave, when something comes between. */
describe('the end of a run', () => {
  let embedded: Embedded;
  /** The token of an account that may do nothing. */
  let nobody: string;

  const file = (name: string) => join(embedded.home, name);
  const deliver = (words: readonly string[], options: ProcessOptions = {}) =>
    runProcess([commandLine, ...words, '--bundle', file('bundle'), '--environment', 'prod'], {
      cwd: embedded.home,
      ...options,
      env: { ...embedded.environment, ...options.env },
    });
  const recordIn = async <T = DeliveryRecord>(name: string) => JSON.parse(await readFile(file(name), 'utf8')) as T;
  const snapshots = () => Promise.all(['east', 'west'].map((name) => meshSnapshot(embedded.cluster(name))));
  const holderOf = async (name: string) => {
    const id = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'istio-system', name: leaseName };
    return ((await embedded.cluster(name).get(id))?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  };
  /** A kubeconfig in which something is wrong with a cluster. */
  const kubeconfigWith = async (change: (kubeconfig: Kubeconfig) => void) => {
    const kubeconfig = load(await readFile(embedded.kubeconfig, 'utf8')) as Kubeconfig;
    change(kubeconfig);
    await writeFile(file('changed.yaml'), dump(kubeconfig));
    return file('changed.yaml');
  };
  /** Runs, and sends SIGINT while the first write that is meant waits. */
  const interruptedAt = async (words: readonly string[], cluster: string, isMeant: (write: ApiWrite) => boolean) => {
    let kill: ((signal: NodeJS.Signals) => Promise<void>) | undefined;
    let isDone = false;
    const gate = await startWriteGate(embedded, cluster, async (write, side) => {
      if (side === 'before' && !isDone && isMeant(write)) {
        isDone = true;
        void kill?.('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return false;
    });
    try {
      return await deliver(words, {
        env: { KUBECONFIG: `${gate.kubeconfig}:${embedded.kubeconfig}` },
        onStart: (handle) => {
          kill = handle;
        },
      });
    } finally {
      await gate.close();
    }
  };

  beforeAll(async () => {
    embedded = await startEmbedded(['east', 'west']);
    const mesh = await writeMesh(file('mesh'), { environments });
    const rendered = await embedded.run('render', '--mesh', mesh, '--out', file('bundle'));
    expect(rendered).toMatchObject({ code: 0 });
    const account = { namespace: 'default', name: 'default' };
    nobody = (await embedded.cluster('west').requestToken(account, 3600))?.token ?? '';
  });

  afterAll(() => embedded?.stop());

  describe('that is interrupted', () => {
    test('while it plans is 130, and nothing was written', async () => {
      const before = await snapshots();
      for (const words of [['plan', '--out', file('plan.json')], ['promote'], ['upgrade', 'start']]) {
        const run = await interruptedAt(words, 'east', ({ path }) => path.includes('dryRun='));
        expect(run.stderr).toMatch(/^interrupted: .* of prod was interrupted, nothing was written; run it again$/m);
        expect(run.code).toBe(130);
      }
      expect(await snapshots()).toEqual(before);
      expect(
        ['promotion-prod.json', 'upgrade-prod.json', 'plan.json'].filter((name) => existsSync(file(name))),
      ).toEqual([]);
    });

    test('while it takes the lock is 130, with no write to the mesh, and a record that proves nothing', async () => {
      const isLease = ({ path, method }: ApiWrite) => path.includes('/leases') && method !== 'DELETE';
      const run = await interruptedAt(['promote'], 'east', isLease);
      // The namespace that the lock lives in is made before it.
      expect(run.stderr).toMatch(
        /^interrupted: promotion of prod was interrupted: east was left halfway; west was not begun/m,
      );
      expect(run.code).toBe(130);
      expect(run.stdout).toContain('prod: promotion interrupted');
      const again = await interruptedAt(['promote'], 'east', isLease);
      expect(again.stderr).toMatch(
        /^interrupted: promotion of prod was interrupted, nothing was written; run it again$/m,
      );
      expect(again.code).toBe(130);
      expect(again.stdout).toContain('east: not started: interrupted');
      expect(await holderOf('east')).toBe('');
    });

    test('between two waves is 130, and says what is done and that the same plan goes on', async () => {
      const isRelease = ({ path, body }: ApiWrite) => path.includes('/leases/') && body.includes('"holderIdentity":""');
      const run = await interruptedAt(['promote', '--record', file('between.json')], 'east', isRelease);
      expect(run.stderr).toContain(
        'interrupted: promotion of prod was interrupted: east is promoted; west was not begun; the same plan goes on when it is promoted again\n',
      );
      expect(run.code).toBe(130);
      expect(run.stderr).toContain('✗ Promote to prod');
      expect(await recordIn('between.json')).toMatchObject({
        result: 'interrupted',
        clusters: [
          { cluster: 'east', result: 'promoted' },
          { cluster: 'west', result: 'not started', reason: 'interrupted' },
        ],
      });
    });
  });

  test('goes on to its safe end when nobody reads what it says', async () => {
    const run = await deliver(['promote'], { stopReading: true });
    expect(run.code).toBe(0);
    expect(await recordIn('promotion-prod.json')).toMatchObject({ result: 'promoted' });
    expect([await holderOf('east'), await holderOf('west')]).toEqual(['', '']);
  });

  test('that is refused leaves the record of the promotion, and says where its own is', async () => {
    const good = await readFile(file('promotion-prod.json'), 'utf8');
    const refused = await deliver(['promote', '--approve', 'sha256:0', '--output', 'json']);
    expect(refused.code).toBe(3);
    expect(await readFile(file('promotion-prod.json'), 'utf8')).toBe(good);
    expect(await recordIn('promotion-prod-refused.json')).toMatchObject({ result: 'refused' });
  });

  test('that is refused by the gate says why once, and marks it as failed', async () => {
    const refused = await deliver(['promote', '--approve', 'sha256:0']);
    const printed = refused.stdout + refused.stderr;
    expect(printed.match(/the approval is for sha256:0/g)).toHaveLength(1);
    expect(refused.stderr).toMatch(/✗ Gate of prod/);
    expect(printed).not.toContain('✓ Gate');
  });

  test('tells the outcome and the record where the disk has become full', async (context) => {
    const record = file('small/promotion.json');
    expect(await deliver(['promote', '--record', record])).toMatchObject({ code: 0 });
    await onSmallDisk(context, file('small'), async () => {
      await writeFile(record, 'as it was');
      await writeFile(file('small/ballast'), 'x'.repeat(60 * 1024));
      const run = await deliver(['promote', '--record', record]);
      expect(run.stdout).toContain('prod: nothing to do, it runs this bundle already');
      expect(run.stdout).toContain('"kind": "Promotion"');
      expect(run.stderr).toMatch(/^failed: .*promotion\.json cannot be written: ENOSPC.*; make room on the disk/m);
      expect(run.code).toBe(1);
      expect(await readFile(record, 'utf8')).toBe('as it was');
    });
  });

  describe('where one cluster cannot be asked', () => {
    type Wrong = [
      change: (kubeconfig: Kubeconfig) => void,
      code: string,
      says: RegExp,
      /** What a promotion says, where that is something else. */
      promotion?: { kind: 'refused'; code: string; says: RegExp },
    ];
    const wrong: Record<string, Wrong> = {
      'its context is missing': [
        (kubeconfig) => {
          kubeconfig.contexts = kubeconfig.contexts.filter(({ name }) => name !== 'west');
        },
        'KubeconfigInvalid',
        /kubeconfig \S*changed\.yaml \(KUBECONFIG\) has no context "west" \(it has: east\); correct the context/,
      ],
      'its API server does not answer': [
        ({ clusters }) => {
          for (const { name, cluster } of clusters) if (name === 'west') cluster.server = 'https://127.0.0.1:1';
        },
        'ClusterUnreachable',
        /API server https:\/\/127\.0\.0\.1:1 \(context "west"\) cannot be reached: connect ECONNREFUSED/,
      ],
      'its credentials are wrong': [
        ({ users }) => {
          for (const entry of users) if (entry.name === 'west') entry.user = { token: 'nobody' };
        },
        'Unauthorized',
        /renew the credentials in the kubeconfig/,
      ],
      'its account has no rights': [
        ({ users }) => {
          for (const entry of users) if (entry.name === 'west') entry.user = { token: nobody };
        },
        'Forbidden',
        /cannot get resource "namespaces" .*grant the right to this account, or use another kubeconfig/,
        {
          kind: 'refused',
          code: 'AccessMissing',
          says: /lacks rights that promote needs in cluster west, and nothing/,
        },
      ],
      'its exec plugin fails': [
        ({ users }) => {
          const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'false', interactiveMode: 'Never' };
          for (const entry of users) if (entry.name === 'west') entry.user = { exec };
        },
        'CredentialsUnavailable',
        /credentials of context "west" are not available: exec plugin "false" of user "west" failed and says nothing/,
      ],
      'its address is none': [
        ({ clusters }) => {
          for (const { name, cluster } of clusters) if (name === 'west') cluster.server = 'west';
        },
        'KubeconfigInvalid',
        /context "west" leads to "west", which is no https address/,
      ],
    };

    test.each(Object.keys(wrong))('that is its own outcome: %s', async (what) => {
      const [change, code, says, promotion] = wrong[what] ?? [() => undefined, '', /x/];
      const expected = promotion ?? { kind: 'failed', code, says };
      const env = { KUBECONFIG: await kubeconfigWith(change) };
      const promoted = await deliver(['promote', '--record', file('one.json')], { env });
      expect(promoted.code).toBe(expected.kind === 'refused' ? 3 : 1);
      const line = new RegExp(`^${expected.kind}: west \\(${expected.code}\\): .*$`, 'm');
      expect(promoted.stderr.match(line)?.[0]).toMatch(expected.says);
      expect(await recordIn('one.json')).toMatchObject({
        result: expected.kind,
        clusters: [
          { cluster: 'east', result: 'unchanged' },
          { cluster: 'west', result: 'failed', code: expected.code, untouched: true },
        ],
      });
      const seen = await runProcess([commandLine, 'status', '--bundle', file('bundle')], {
        env: { ...embedded.environment, ...env },
      });
      expect(seen.code).toBe(0);
      expect(seen.stdout).toMatch(/east/);
      expect(seen.stdout).toMatch(says);
      const looked = await deliver(['upgrade', 'status', '--record', file('upgrade.json')], { env });
      expect(looked.code).toBe(1);
      expect((await recordIn<UpgradeRecord>('upgrade.json')).clusters).toMatchObject([
        { cluster: 'east', result: 'not started' },
        { cluster: 'west', result: 'failed', code },
      ]);
    });

    test('a plan is none, and names every cluster that cannot be asked', async () => {
      const env = {
        KUBECONFIG: await kubeconfigWith(({ clusters }) => {
          for (const { cluster } of clusters) cluster.server = 'https://127.0.0.1:1';
        }),
      };
      const planned = await deliver(['plan', '--out', file('none.json')], { env });
      expect(planned.code).toBe(1);
      expect(planned.stderr).toMatch(
        /^error: prod cannot be planned: 2 of its 2 clusters cannot\n {2}east \(ClusterUnreachable\): .*\n {2}west \(ClusterUnreachable\): /m,
      );
      expect(existsSync(file('none.json'))).toBe(false);
    });

    test('an earlier wave that cannot be asked fails the gate, of gate and of promote alike', async () => {
      expect(await deliver(['plan', '--out', file('plan.json')])).toMatchObject({ code: 0 });
      const env = {
        KUBECONFIG: await kubeconfigWith((kubeconfig) => {
          kubeconfig.contexts = kubeconfig.contexts.filter(({ name }) => name !== 'east');
        }),
      };
      for (const words of [['gate'], ['promote', '--record', file('wave.json')]]) {
        const run = await deliver([...words, '--plan', file('plan.json'), '--wave', '2'], { env });
        expect(run.stderr).toMatch(/nothing is known of prod, wave 1: kubeconfig .* has no context "east"/);
        expect(run.code).toBe(3);
      }
      expect(await recordIn('wave.json')).toMatchObject({ result: 'refused' });
      const gated = await deliver(['gate', '--plan', file('plan.json'), '--wave', '2']);
      expect(gated).toMatchObject({ code: 0, stdout: expect.stringContaining('prod, wave 1 runs this very bundle') });
    });
  });
});
