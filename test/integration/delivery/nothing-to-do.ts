import { describe, expect, test } from 'vitest';
import { settledVersions, versions } from '../../support/delivery.ts';
import type { Story } from '../../support/story.ts';

export function nothingToDo(story: () => Story): void {
  describe('a promotion of what runs already', () => {
    test('is planned as nothing to do', async () => {
      const { delivery, bundle, cluster } = story();
      await settledVersions(cluster, bundle);
      const [part] = (await delivery.plan(bundle)).clusters;
      expect(part).toMatchObject({ changes: [], problems: [] });
    });

    test('writes no object of the bundle', async () => {
      const { delivery, bundle, cluster } = story();
      const before = await settledVersions(cluster, bundle);
      const { outcome, writes } = await delivery.promote(bundle);
      expect(outcome).toMatchObject({ result: 'unchanged' });
      expect(new Set(writes.map(({ object }) => object))).toEqual(new Set(['Lease istio-system/istio-delivery']));
      expect(await versions(cluster, bundle)).toEqual(before);
    });
  });
}
