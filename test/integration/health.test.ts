import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectId } from '../../src/ports/objects.ts';
import { renderMesh, saveBundle, writeMesh } from '../support/acme.ts';
import { read } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { patchWithKubectl } from '../support/somebody.ts';
import { until } from '../support/until.ts';

const istiod: ObjectId = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'istio-system',
  name: 'istiod-1-31-0',
};
const gateway: ObjectId = { ...istiod, namespace: 'istio-gateways', name: 'ingress-1-31-0' };

/** The objects are as they were promoted, and the mesh does not serve. */
describe('the health of what was promoted', () => {
  let embedded: Embedded;

  const file = (name: string) => `${embedded.home}/${name}`;
  const on = (environment: string, ...words: string[]) =>
    embedded.run(...words, '--bundle', file('bundle'), '--environment', environment);
  const status = () => on('dev', 'status');
  const gate = () => on('next', 'gate', '--plan', file('next.json'));
  const scale = async (id: ObjectId, replicas: number) => {
    await patchWithKubectl(embedded, id, { spec: { replicas } });
    await until(`${id.name} has ${replicas} ready replicas`, async () => {
      const { status = {} } = await read(embedded.cluster('dev'), id);
      return ((status as { readyReplicas?: number }).readyReplicas ?? 0) === replicas;
    });
  };

  beforeAll(async () => {
    embedded = await startEmbedded(['dev', 'next']);
    const environments =
      '  dev:\n    clusters: [{ name: dev }]\n  next:\n    after: [dev]\n    clusters: [{ name: next }]\n';
    await saveBundle(await renderMesh(await writeMesh(file('acme'), { environments }), embedded), file('bundle'));
    expect(await on('dev', 'promote', '--record', file('dev.json'))).toMatchObject({ code: 0 });
    expect(await on('next', 'plan', '--out', file('next.json'))).toMatchObject({ code: 0 });
  });

  afterAll(() => embedded?.stop());

  test('is good after a promotion, for status and for the gate of the next environment', async () => {
    await until('dev is healthy', async () => (await status()).stdout.includes('healthy, no drift'));
    expect(await gate()).toMatchObject({ code: 0 });
  });

  test.each([
    ['a control plane', istiod, 'Deployment istio-system/istiod-1-31-0 is not ready: 0 of 2 replicas created'],
    ['a gateway', gateway, 'Deployment istio-gateways/ingress-1-31-0 is not ready: 0 of 2 replicas created'],
  ])('is not good when %s was scaled to zero', async (_, id, sentence) => {
    await scale(id, 0);
    const seen = await status();
    expect(seen.stdout).toContain(sentence);
    expect(seen.stdout).not.toContain('healthy, no drift');
    const judged = await gate();
    expect(judged.code).toBe(3);
    expect(judged.stderr).toContain(sentence);
    await scale(id, 2);
  });

  test('is not good when a Service of a gateway leads nowhere', async () => {
    const service: ObjectId = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-gateways', name: 'ingress' };
    await patchWithKubectl(embedded, service, { spec: { selector: { app: 'nobody' } } });
    expect((await status()).stdout).toContain('Service istio-gateways/ingress leads to no ready pod');
    expect((await gate()).stderr).toContain('Service istio-gateways/ingress leads to no ready pod');
  });
});
