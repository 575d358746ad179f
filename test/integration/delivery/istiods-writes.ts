import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { withStages } from '../../support/acme.ts';
import { read, settledVersions } from '../../support/delivery.ts';
import type { Story } from '../../support/story.ts';

const type = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' };
const validator = { ...type, name: 'istio-validator-1-31-0-istio-system' };

interface Webhook {
  failurePolicy: string;
  timeoutSeconds: number;
  clientConfig: { caBundle: string };
}

function webhooksOf(object: KubernetesObject): Webhook[] {
  return object.webhooks as Webhook[];
}

export function istiodsWrites(story: () => Story): void {
  describe('what istiod writes into its webhooks', () => {
    test('stays through a promotion that changes other fields of them', async () => {
      const { cluster, bundle, delivery } = story();
      await settledVersions(cluster, bundle);
      const [before] = webhooksOf(await read(cluster, validator));
      expect(before).toMatchObject({ failurePolicy: 'Fail', clientConfig: { caBundle: expect.stringMatching(/./) } });

      const next = withStages(bundle, 'dev', {
        revision: (objects) =>
          objects.map((object) => {
            if (object.metadata.name !== validator.name) return object;
            const labels = { ...object.metadata.labels, team: 'mesh' };
            const webhooks = webhooksOf(object).map((webhook) => ({ ...webhook, timeoutSeconds: 7 }));
            return { ...object, metadata: { ...object.metadata, labels }, webhooks };
          }),
      });
      const plan = await delivery.plan(next);
      expect(plan.clusters[0]?.changes).toMatchObject([
        {
          action: 'update',
          id: validator,
          fields: [
            { path: expect.stringMatching(/^\.webhooks\[.*\]\.timeoutSeconds$/), before: 10, after: 7 },
            { path: '.metadata.labels.team', after: 'mesh' },
          ],
        },
      ]);

      const stop = new AbortController();
      const { resourceVersion } = await cluster.list(type);
      const seen: Webhook[] = [];
      const watching = (async () => {
        for await (const event of cluster.watch(type, { resourceVersion }, stop.signal)) {
          if (event.kind === 'modified' && event.object.metadata.name === validator.name) {
            seen.push(...webhooksOf(event.object));
          }
        }
      })();
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
      await settledVersions(cluster, bundle);
      stop.abort();
      await watching;
      expect(seen.length).toBeGreaterThan(0);
      for (const webhook of seen) {
        expect(webhook).toMatchObject({
          failurePolicy: 'Fail',
          timeoutSeconds: 7,
          clientConfig: { caBundle: before?.clientConfig.caBundle },
        });
      }
      expect((await delivery.plan(next)).clusters[0]).toMatchObject({ changes: [], problems: [] });
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('refuses an invalid object of a live mesh at plan time', async () => {
      const { bundle, delivery } = story();
      const next = withStages(bundle, 'dev', {
        config: (objects) => [
          ...objects,
          {
            apiVersion: 'networking.istio.io/v1',
            kind: 'DestinationRule',
            metadata: { name: 'broken', namespace: 'shop', labels: { 'istio.io/rev': '1-31-0' } },
            spec: { host: 'broken.shop', subsets: [{ name: 'UPPER CASE' }] },
          },
        ],
      });
      const [{ problems } = expect.fail('no cluster')] = (await delivery.plan(next)).clusters;
      expect(problems).toMatchObject([
        {
          kind: 'invalid',
          id: { name: 'broken' },
          stage: 'config',
          reason: expect.stringMatching(/admission webhook/),
        },
      ]);
    });
  });
}
