import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isIntact, type Plan } from '../../../src/plan/plan.ts';
import { type KubernetesObject, objectId } from '../../../src/ports/objects.ts';
import { saveBundle, withStages } from '../../support/acme.ts';
import type { Story } from '../../support/story.ts';

function config(kind: string, name: string, spec: unknown, over: object = {}): KubernetesObject {
  const metadata = { name, namespace: 'shop', labels: { 'istio-delivery/mesh': 'acme' } };
  return { apiVersion: 'networking.istio.io/v1', kind, metadata, spec, ...over };
}

const route = [{ route: [{ destination: { host: 'cart' } }] }];

export function problems(story: () => Story): void {
  /** Plans the bundle with more configuration by the command line. */
  async function planWith(name: string, ...objects: KubernetesObject[]) {
    const { embedded, bundle } = story();
    const next = withStages(bundle, 'dev', { config: (config) => [...config, ...objects] });
    const path = await saveBundle(next, join(embedded.home, name));
    const out = join(embedded.home, `${name}.json`);
    const run = await embedded.run('plan', '--bundle', path, '--environment', 'dev', '--out', out);
    return { ...run, plan: JSON.parse(await readFile(out, 'utf8')) as Plan };
  }

  describe('a plan of what cannot be applied', () => {
    test('lists everything that is wrong with every object, and exits with 3', async () => {
      const { code, stdout, plan } = await planWith(
        'wrong',
        config('VirtualService', 'typo', { hosts: ['a'], http: [{ timout: '5s' }] }),
        config('VirtualService', 'list', [1]),
        config(
          'VirtualService',
          'number',
          { hosts: ['a'], http: route },
          { metadata: { name: 'number', namespace: 'shop', annotations: { a: 1 } } },
        ),
        config('VirtualService', 'old', { hosts: ['a'], http: route }, { apiVersion: 'networking.istio.io/v1alpha2' }),
        config('VirtualService', 'empty', { hosts: ['a'] }),
        config('ServiceEntry', 'twice', {
          hosts: ['a.b'],
          ports: [
            { number: 1, name: 'a' },
            { number: 2, name: 'a' },
          ],
        }),
        config(
          'VirtualService',
          'exported',
          { hosts: ['a'], http: route },
          { metadata: { name: 'exported', namespace: 'shop', uid: 'u', resourceVersion: '1' } },
        ),
        config('Unknown', 'unknown', {}, { apiVersion: 'example.com/v1' }),
        config(
          'VirtualService',
          'nowhere',
          { hosts: ['a'], http: route },
          { metadata: { name: 'nowhere', namespace: 'nowhere' } },
        ),
      );
      expect(code).toBe(3);
      const reasons = Object.fromEntries(
        (plan.clusters[0]?.problems ?? []).map((problem) => [
          problem.id.name,
          problem.kind === 'invalid' ? problem.reason : '',
        ]),
      );
      expect(reasons).toEqual({
        typo: expect.stringMatching(/\.spec\.http\[0\]\.timout: field not declared in schema; correct the field$/),
        list: expect.stringMatching(/\.spec: expected map/),
        number: expect.stringMatching(/\.metadata\.annotations\.a: expected string/),
        old: expect.stringMatching(/does not serve networking\.istio\.io\/v1alpha2; it serves v1, v1alpha3, v1beta1: /),
        empty: expect.stringMatching(/http, tcp or tls must be provided/),
        twice: expect.stringMatching(/duplicate entries for key \[name="a"\]/),
        exported: expect.stringMatching(/metadata\.uid, metadata\.resourceVersion names that very object/),
        unknown: expect.stringMatching(
          /the cluster does not serve example\.com\/v1 Unknown, and the bundle brings no definition/,
        ),
        nowhere: expect.stringMatching(/namespace "nowhere" does not exist/),
      });
      expect(stdout).toContain('This plan cannot be promoted: 9 problems.');
      expect(plan.clusters[0]?.changes).toEqual([]);
    });

    test('names a namespace and an object that are being deleted, and what holds them', async () => {
      const { cluster } = story();
      const held = config('VirtualService', 'held', { hosts: ['a'], http: route });
      const finalized = { ...held, metadata: { ...held.metadata, finalizers: ['test/hold'] } };
      const ending = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending', finalizers: ['test/hold'] } };
      const options = { fieldManager: 'somebody', dryRun: false, force: true };
      for (const object of [finalized, ending]) {
        await cluster.apply(object, options);
        await cluster.delete(objectId(object), (await cluster.get(objectId(object)))?.metadata.uid ?? '');
      }
      const late = config(
        'VirtualService',
        'late',
        { hosts: ['a'], http: route },
        { metadata: { name: 'late', namespace: 'ending' } },
      );
      const { code, stdout } = await planWith('ending', held, late);
      expect(code).toBe(3);
      expect(stdout).toMatch(
        /! VirtualService shop\/held .*: it is being deleted since .*, held by its finalizers test\/hold; wait/,
      );
      expect(stdout).toMatch(
        /! VirtualService ending\/late .*: namespace "ending" is being deleted; wait until it is gone/,
      );
      for (const { apiVersion, kind, metadata } of [held, ending]) {
        await cluster.apply({ apiVersion, kind, metadata: { ...metadata, finalizers: [] } }, options);
      }
    });
  });

  test('a plan has the warnings of the API server, which do not change its digest', async () => {
    const filter = (inline: string) => ({
      applyTo: 'HTTP_FILTER',
      match: { context: 'GATEWAY' },
      patch: {
        operation: 'INSERT_BEFORE',
        value: {
          name: 'lua',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua', [inline]: '' },
        },
      },
    });
    const { code, stdout, plan } = await planWith(
      'warned',
      config(
        'EnvoyFilter',
        'lua',
        { configPatches: [filter('inlineCodex')] },
        { apiVersion: 'networking.istio.io/v1alpha3' },
      ),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/@@ Warnings of the API server @@\nEnvoyFilter shop\/lua .*\n.*unknown field "inlineCodex"/);
    const quiet = { ...plan, clusters: plan.clusters.map((cluster) => ({ ...cluster, warnings: [] })) };
    expect(isIntact(quiet)).toBe(true);
  });
}
