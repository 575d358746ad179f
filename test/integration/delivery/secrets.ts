import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { meshLabel } from '../../../src/bundle/labels.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { saveBundle, withStages } from '../../support/acme.ts';
import { read } from '../../support/delivery.ts';
import { forceFields } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const id = { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-gateways', name: 'shop-certificate' };

export function secretValues(story: () => Story): void {
  const encode = (text: string) => Buffer.from(text).toString('base64');

  /** Plans and promotes a Secret with these values by the command line; all that was printed or written. */
  async function deliver(data: string, stringData: string, ...options: string[]): Promise<string> {
    const { embedded, bundle } = story();
    const { name, namespace } = id;
    const secret: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: { [meshLabel]: 'acme' } },
      data: { key: encode(data) },
      stringData: { note: stringData },
    };
    const next = withStages(bundle, 'dev', { config: (objects) => [...objects, secret] });
    const where = ['--bundle', await saveBundle(next, join(embedded.home, 'secret')), '--environment', 'dev'];
    const files = { plan: join(embedded.home, 'secret-plan.json'), record: join(embedded.home, 'secret-record.json') };
    const planned = await embedded.run('plan', ...where, '--out', files.plan, ...options);
    const promoted = await embedded.run('promote', ...where, '--plan', files.plan, '--record', files.record);
    expect({ code: promoted.code, stderr: promoted.stderr }).toMatchObject({ code: 0 });
    const text = files.plan.replace(/\.json$/, '.diff');
    const read = await Promise.all([...Object.values(files), text].map((file) => readFile(file, 'utf8')));
    return [planned.stdout, planned.stderr, promoted.stdout, promoted.stderr, ...read].join('\n');
  }

  describe('the values of a Secret', () => {
    test('stand in no plan, no record and no log, when they are new and when they change', async () => {
      const { cluster } = story();
      const first = await deliver('first-key-value', 'first-note-value');
      const second = await deliver('second-key-value', 'second-note-value');
      expect((await read(cluster, id)).data).toEqual({
        key: encode('second-key-value'),
        note: encode('second-note-value'),
      });
      expect(second).toContain('Secret istio-gateways/shop-certificate');
      expect(second).toMatch(/- \.data\.key: sha256:\w+\n\+ \.data\.key: sha256:\w+\n/);
      for (const value of ['first-key-value', 'first-note-value', 'second-key-value', 'second-note-value']) {
        for (const form of [value, encode(value)]) {
          expect(first + second).not.toContain(form);
        }
      }
    });

    test('are not sent again when they agree', async () => {
      const { cluster } = story();
      const { resourceVersion } = (await read(cluster, id)).metadata;
      expect(await deliver('second-key-value', 'second-note-value')).toContain('Nothing to do');
      expect((await read(cluster, id)).metadata.resourceVersion).toBe(resourceVersion);
    });

    test('stay hidden when somebody else has taken them', async () => {
      const { cluster, delivery, bundle } = story();
      await forceFields(cluster, id, { data: { key: encode('foreign-key-value') } });
      const all = await deliver('second-key-value', 'second-note-value', '--force-conflicts');
      expect(all).toContain('.data.key');
      for (const value of ['second-key-value', 'foreign-key-value']) {
        expect(all).not.toContain(value);
        expect(all).not.toContain(encode(value));
      }
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });
  });
}
