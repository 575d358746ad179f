import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Change } from '../../src/plan/plan.ts';
import { formatObjectId, type ObjectId } from '../../src/ports/objects.ts';
import { renderMesh, writeMesh } from '../support/acme.ts';
import { deliverTo } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { deleteObject } from '../support/somebody.ts';
import { environments } from '../support/story.ts';
import { until } from '../support/until.ts';

const egress: ObjectId = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-gateways', name: 'egress' };
const ingress: ObjectId = { ...egress, name: 'ingress' };
const tag = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' } as const;

/** A mesh file that has no longer what it had: gateways, groups and their tags. */
describe('what a bundle has no longer', () => {
  let embedded: Embedded;
  let acme: Bundle;

  const delivery = () => deliverTo(embedded.cluster('dev'), 'dev');
  const render = async (edit: (text: string) => string) =>
    renderMesh(await writeMesh(`${embedded.home}/acme`, { environments, edit }), embedded);
  const withoutEgress = (text: string) => text.replace(/ {2}- name: egress\n(?: {4}.*\n)+/, '');
  const renamed = (text: string) => text.replace('- name: ingress\n', '- name: front\n');
  const look = async (bundle: Bundle) => {
    const [plan] = (await delivery().plan(bundle)).clusters;
    if (!plan) throw new Error('no cluster was planned');
    const problems = plan.problems.map((problem) =>
      problem.kind === 'invalid' ? `${formatObjectId(problem.id)}: ${problem.reason}` : '',
    );
    return { problems, deletions: plan.changes.filter((change) => change.action === 'delete') };
  };
  const namesOf = (changes: Change[]) => changes.map(({ id }) => formatObjectId(id));

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    acme = await render((text) => text);
    expect((await delivery().promote(acme)).outcome).toMatchObject({ result: 'promoted' });
  });

  afterAll(() => embedded?.stop());

  test('a gateway that is renamed while a Gateway opens its ports stays, and the plan says what uses it', async () => {
    await embedded.cluster('dev').applyStatus(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'ingress', namespace: 'istio-gateways' },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } },
      },
      { fieldManager: 'cloud' },
    );
    const { problems } = await look(await render(renamed));
    expect(problems).toEqual([
      expect.stringMatching(
        /^Service istio-gateways\/ingress: the bundle has no gateway istio-gateways\/ingress any more, and it is still in use: Gateway istio-gateways\/public\. Keep it in the mesh file, beside its successor .* knows its address \(192\.0\.2\.7\)/,
      ),
    ]);
  });

  test('a gateway that a VirtualService leads to stays', async () => {
    const cluster = embedded.cluster('dev');
    const route = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
    const metadata = { name: 'out', namespace: 'shop' };
    const destination = { host: 'egress.istio-gateways.svc.cluster.local', port: { number: 443 } };
    await cluster.apply(
      { ...route, metadata, spec: { hosts: ['example.com'], http: [{ route: [{ destination }] }] } },
      { fieldManager: 'somebody', dryRun: false, force: false },
    );
    const { problems } = await look(await render(withoutEgress));
    expect(problems).toEqual([expect.stringContaining('it is still in use: VirtualService shop/out.')]);
    await deleteObject(cluster, { ...route, ...metadata });
  });

  test('a gateway that nothing uses goes, its Service after the rest', async () => {
    const bundle = await render(withoutEgress);
    const { problems, deletions } = await look(bundle);
    expect(problems).toEqual([]);
    expect(namesOf(deletions)).toHaveLength(7);
    expect(namesOf(deletions).at(-1)).toBe('Service istio-gateways/egress');

    const { outcome, writes } = await delivery().promote(bundle);
    expect(outcome).toMatchObject({ result: 'promoted' });
    const deleted = writes.filter(({ verb }) => verb === 'delete').map(({ object }) => object);
    expect(deleted.at(-1)).toBe('Service istio-gateways/egress');
    expect(await embedded.cluster('dev').get(egress)).toBe(undefined);
    expect((await look(bundle)).deletions).toEqual([]);
  });

  test('a load balancer that goes with its Service is said, with its address', async () => {
    const both = (text: string) => text.replace(/( {2}- name: )ingress(\n(?: {4}.*\n)+)/, '$1ingress$2$1front$2');
    expect((await delivery().promote(await render(both))).outcome).toMatchObject({ result: 'promoted' });
    await embedded.cluster('dev').applyStatus(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'front', namespace: 'istio-gateways' },
        status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } },
      },
      { fieldManager: 'cloud' },
    );
    const { deletions } = await look(acme);
    expect(deletions.find(({ id }) => id.kind === 'Service')).toMatchObject({
      id: { name: 'front' },
      releases: 'its load balancer (lb.example.com)',
    });
    expect((await delivery().promote(acme)).outcome).toMatchObject({ result: 'promoted' });
    expect(await embedded.cluster('dev').get(ingress)).toBeDefined();
  });

  test('a group whose namespaces keep its tag stays, and its tag goes when they have another', async () => {
    const cluster = embedded.cluster('dev');
    const withoutCanary = await render((text) =>
      text.replace(/ {2}- name: canary\n(?: {4}.*\n)+/, '').replace(/ {2}- \{ owner: services.*\n/, ''),
    );
    const { problems } = await look(withoutCanary);
    expect(problems).toEqual([
      expect.stringMatching(
        /^MutatingWebhookConfiguration istio-revision-tag-prod-canary: the bundle has no tag "prod-canary" any more, and it is still in use: Namespace payments; no pod of theirs would get a proxy/,
      ),
    ]);
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments', labels: { 'istio.io/rev': 'prod' } } },
      { fieldManager: 'somebody', dryRun: false, force: true },
    );
    expect((await look(withoutCanary)).problems).toEqual([]);
    expect((await delivery().promote(withoutCanary)).outcome).toMatchObject({ result: 'promoted' });
    await until(
      'the tag is gone',
      async () => !(await cluster.get({ ...tag, name: 'istio-revision-tag-prod-canary' })),
    );
    expect(await cluster.get({ ...tag, name: 'istio-revision-tag-prod' })).toBeDefined();
  });

  test('an upgrade removes no gateway', async () => {
    const next = await render((text) =>
      withoutEgress(text).replace('version: 1.31.0', 'version: 1.31.0\n  revision: next'),
    );
    await delivery().promote(acme);
    const { problems } = await look(next);
    expect(problems).toContainEqual(expect.stringContaining('an upgrade moves gateways and removes none'));
  });
});
