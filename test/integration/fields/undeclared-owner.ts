import { describe, expect, test } from 'vitest';
import { clusterBundle } from '../../../src/plan/plan-environment.ts';
import { gatherFacts } from '../../../src/upgrade/preflight/gather-facts.ts';
import { preflightFindings } from '../../../src/upgrade/preflight/preflight.ts';
import { applyAs, type FieldStory, type Rendered, routesOf, virtualServiceId } from '../../support/field-story.ts';
import { proxySources } from '../../support/proxy-sources.ts';

const owner = 'argocd-controller';
const istiod = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod-1-31-0' };

export function undeclaredOwner(story: () => FieldStory): void {
  describe('an owner that nobody has declared', () => {
    const plan = ({ path }: Rendered, ...words: string[]) =>
      story().embedded.run('plan', '--bundle', path, '--environment', 'dev', '--out', `${path}.plan.json`, ...words);

    test('is one finding with the ways out, and stops the plan', async () => {
      const { cluster, render } = story();
      for (const name of ['pay', 'web']) {
        const http = (await routesOf(cluster, name)).map((route) => ({ ...route, timeout: '7s' }));
        await applyAs(cluster, owner, virtualServiceId(name), { spec: { http } });
      }
      const run = await plan(await render({ prefix: '/v2' }));
      expect(run.code).toBe(3);
      expect(run.stdout.split('\n').filter((line) => line.includes(owner))).toEqual([
        `! "${owner}" owns .spec.http of 2 VirtualService objects: give it up there, or declare it in the mesh file: fields: [{kind: VirtualService, path: .spec.http, owner: ${owner}, reason: …}], or plan with force-conflicts to take it`,
      ]);
      expect(run.stdout).toContain(
        '\n!   VirtualService shop/pay: .spec.http\n!   VirtualService shop/web: .spec.http\n',
      );
      expect((await story().drift()).drift).toEqual([
        `VirtualService shop/pay: .spec.http is owned by "${owner}"`,
        `VirtualService shop/web: .spec.http is owned by "${owner}"`,
      ]);
    });

    test('is left alone once it is declared, by plan, promotion, drift and status', async () => {
      const { cluster, delivery, embedded, drift, render } = story();
      const declared = await render({
        prefix: '/v2',
        more: [
          'fields:',
          ...['pay', 'web'].map(
            (name) =>
              `  - {kind: VirtualService, name: ${name}, path: .spec.http, owner: ${owner}, reason: Argo CD delivers it}`,
          ),
        ].join('\n'),
      });
      const run = await plan(declared);
      expect(run).toMatchObject({ code: 0 });
      expect(run.stdout).toMatch(/0 to create, 0 to update, 0 to delete, 1 of policy, \d+ unchanged/);
      expect(run.stdout).toContain('~ policy: fields are left to others');
      expect(run.stdout).toContain(
        `.spec.http of VirtualService shop/pay (and 1 more) is left to "${owner}": Argo CD delivers it`,
      );
      expect((await delivery.promote(declared.bundle)).outcome).toMatchObject({ result: 'promoted' });
      expect((await delivery.promote(declared.bundle)).outcome).toMatchObject({ result: 'unchanged' });
      expect(await drift()).toMatchObject({
        drift: [],
        left: expect.arrayContaining([`VirtualService pay .spec.http ${owner}`]),
      });
      const status = await embedded.run('status', '--bundle', declared.path);
      expect(status.stdout).toContain('healthy, no drift');
      expect(status.stdout).toContain(`is left to "${owner}"`);
      expect((await routesOf(cluster, 'pay'))[0]).toMatchObject({ timeout: '7s' });
    });

    test('of istiod stops an upgrade, unless it is declared', async () => {
      const { cluster, render } = story();
      await applyAs(cluster, 'helm', istiod, { spec: { minReadySeconds: 5 } });
      const foreign = async ({ bundle }: Rendered) => {
        const side = { manifest: bundle.manifest, bundle: clusterBundle(bundle, 'dev') };
        const { proxies } = proxySources(story().embedded, { context: 'dev' });
        const context = { cluster, proxies, policy: bundle.manifest.upgrade, namespace: 'istio-system' };
        const found = preflightFindings(await gatherFacts(context, { old: side, new: side }));
        return found.filter(({ check }) => check === 'foreign-owner');
      };
      const field =
        '{kind: Deployment, name: istiod-*, path: .spec.minReadySeconds, owner: helm, reason: helm sets it here}';
      expect(await foreign(await render({ prefix: '/v2' }))).toMatchObject([
        { level: 'fail', object: 'Deployment istio-system/istiod-1-31-0', reason: expect.stringContaining('"helm"') },
      ]);
      expect(await foreign(await render({ prefix: '/v2', more: `fields: [${field}]` }))).toEqual([]);
    });
  });
}
