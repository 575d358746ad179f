import { describe, expect, test } from 'vitest';
import { withStages } from '../../support/acme.ts';
import { read, settledVersions } from '../../support/delivery.ts';
import { type FieldStory, partOf } from '../../support/field-story.ts';

const injector = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  name: 'istio-sidecar-injector-1-31-0',
};
const enforcer = 'admissionsenforcer';
const added = [
  { key: 'control-plane', operator: 'NotIn', values: ['true'] },
  { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] },
];
const own = { key: 'team', operator: 'Exists' };

interface Webhook {
  name: string;
  namespaceSelector: { matchExpressions: { key: string }[] };
}

export function cloudAdmission(story: () => FieldStory): void {
  const webhooks = async () => (await read(story().cluster, injector)).webhooks as Webhook[];
  const enforce = async (...expressions: object[]) =>
    story().update(
      enforcer,
      injector,
      (await webhooks()).map(({ namespaceSelector }, at) => ({
        op: 'replace',
        path: `/webhooks/${at}/namespaceSelector/matchExpressions`,
        value: [...namespaceSelector.matchExpressions, ...expressions],
      })),
    );

  describe("AKS's admissions enforcer", () => {
    test('is agreed with where it has added what it always adds', async () => {
      const { delivery, drift } = story();
      await enforce(...added);
      const part = partOf(await delivery.plan(await current()));
      expect(part).toMatchObject({ changes: [], problems: [] });
      expect(part.left).toContainEqual(
        expect.objectContaining({
          path: '.webhooks[*].namespaceSelector',
          owner: enforcer,
          reason: expect.stringContaining('admissions.enforcer/disabled: "true"'),
        }),
      );
      expect((await drift()).drift).toEqual([]);
    });

    test('keeps what it has added through a change of ours', async () => {
      const { delivery } = story();
      const next = withStages(await current(), 'dev', {
        revision: (objects) =>
          objects.map((object) => {
            if (object.kind !== injector.kind || object.metadata.name !== injector.name) return object;
            const changed = (object.webhooks as Webhook[]).map(({ namespaceSelector, ...rest }) => ({
              ...rest,
              namespaceSelector: { matchExpressions: [...namespaceSelector.matchExpressions, own] },
            }));
            return { ...object, webhooks: changed };
          }),
      });
      const plan = await delivery.plan(next);
      expect(partOf(plan).problems).toEqual([]);
      expect(partOf(plan).changes).toMatchObject([
        {
          action: 'update',
          id: injector,
          taken: (await webhooks()).map(({ name }) => ({
            owner: enforcer,
            field: `.webhooks[name="${name}"].namespaceSelector`,
            reason: expect.stringContaining('the admissions enforcer of AKS'),
          })),
        },
      ]);
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
      for (const { namespaceSelector } of await webhooks()) {
        expect(namespaceSelector.matchExpressions).toEqual(expect.arrayContaining([own, ...added]));
      }
      await settledVersions(story().cluster, next);
      expect(partOf(await delivery.plan(next))).toMatchObject({ changes: [], problems: [] });
      expect((await delivery.promote(await current())).outcome).toMatchObject({ result: 'promoted' });
      for (const { namespaceSelector } of await webhooks()) {
        expect(namespaceSelector.matchExpressions).toEqual(expect.arrayContaining(added));
        expect(namespaceSelector.matchExpressions).not.toContainEqual(own);
      }
    });

    test('is not agreed with by somebody who adds something else', async () => {
      const { delivery, update } = story();
      const [{ namespaceSelector, name } = expect.fail('no webhook')] = await webhooks();
      await update('somebody', injector, [
        {
          op: 'replace',
          path: '/webhooks/0/namespaceSelector/matchExpressions',
          value: [...namespaceSelector.matchExpressions, { key: 'unknown', operator: 'Exists' }],
        },
      ]);
      expect(partOf(await delivery.plan(await current())).problems).toMatchObject([
        { kind: 'conflict', conflicts: [{ owner: 'somebody', field: `.webhooks[name="${name}"].namespaceSelector` }] },
      ]);
      const forced = await delivery.plan(await current(), true);
      expect((await delivery.promote(await current(), { plan: forced })).outcome).toMatchObject({ result: 'promoted' });
      expect((await webhooks())[0]?.namespaceSelector.matchExpressions).toEqual(namespaceSelector.matchExpressions);
    });
  });

  /** What runs: the parts before have changed its routes. */
  async function current() {
    return (await story().render({ prefix: '/v2' })).bundle;
  }
}
