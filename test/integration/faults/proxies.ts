import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import type { Story } from '../../support/story.ts';
import { until } from '../../support/until.ts';
import { namespace } from './workloads.ts';

interface ProxyState {
  node: { id: string };
  genericXdsConfigs: { typeUrl: string; configStatus: string }[];
}

const execute = promisify(execFile);

export function proxyFaults(story: () => Story): void {
  describe('proxies', () => {
    const faults = (...list: Fault[]) => story().embedded.faults('dev', ...list);

    /** What istiod says of each proxy of the Deployment: `CLUSTERS SYNCED`. */
    async function states(): Promise<string[][]> {
      const { embedded } = story();
      const { stdout } = await execute(
        embedded.tool('istioctl'),
        ['proxy-status', '--revision', '1-31-0', '-o', 'json', '--context', 'dev'],
        { env: { ...embedded.environment, HOME: embedded.home }, maxBuffer: 1 << 26 },
      );
      // One document for each istiod pod, all of one process.
      const [first = '{}'] = stdout.split(/^(?=\{)/m);
      const { resources = [] } = JSON.parse(first) as { resources?: ProxyState[] };
      return resources
        .filter(({ node }) => node.id.startsWith('web-') && node.id.endsWith(`.${namespace}`))
        .map(({ genericXdsConfigs }) =>
          genericXdsConfigs.map(({ typeUrl, configStatus }) => `${typeUrl.split('.').at(-1)} ${configStatus}`),
        );
    }

    const allSynced = (found: string[][]) =>
      found.length === 2 &&
      found.every((types) => types.length >= 3 && types.every((type) => type.endsWith(' SYNCED')));

    async function comeBack(): Promise<void> {
      await faults();
      await until('the proxies are synced', async () => allSynced(await states()));
    }

    afterEach(() => faults());

    test('never connect', async () => {
      await comeBack();
      await faults({ kind: 'proxy', namespace, name: 'web', failure: 'never-connects' });
      await until('none is connected', async () => (await states()).length === 0);
      await comeBack();
    });

    test('never acknowledge', async () => {
      await faults({ kind: 'proxy', namespace, name: 'web', failure: 'never-acknowledges', types: ['listeners'] });
      await until('the listeners are not synced', async () => {
        const found = await states();
        return (
          found.length === 2 &&
          found.every((types) => types.includes('Cluster SYNCED') && !types.includes('Listener SYNCED'))
        );
      });
      await comeBack();
    });

    test('reject what they are sent', async () => {
      await faults({ kind: 'proxy', revision: '1-31-0', namespace, failure: 'rejects', types: ['clusters'] });
      await until('the clusters are in error', async () => {
        const found = await states();
        return found.length === 2 && found.every((types) => types.includes('Cluster ERROR'));
      });
      await comeBack();
      expect(allSynced(await states())).toBe(true);
    });
  });
}
