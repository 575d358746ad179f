import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatObjectId, objectId } from '../../src/ports/objects.ts';
import { renderMesh, saveBundle, writeMesh } from '../support/acme.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { meshSnapshot, meshTypes } from '../support/mesh-snapshot.ts';
import { deleteObject } from '../support/somebody.ts';

/** Clusters whose Istio somebody has installed in a way of their own, before this mesh is promoted to them. */
describe('an Istio of somebody else', () => {
  const names = ['stock', 'revisioned', 'forced', 'ours'];
  const environments = names.map((name) => `  ${name}:\n    clusters: [{ name: ${name} }]`).join('\n');
  let embedded: Embedded;

  const file = (name: string) => join(embedded.home, name);
  const istioctl = async (...words: string[]) =>
    (await promisify(execFile)(embedded.tool('istioctl'), words, { maxBuffer: 1e8 })).stdout;
  const kubectl = (cluster: string, ...words: string[]) =>
    promisify(execFile)(embedded.tool('kubectl'), ['--context', cluster, ...words], {
      env: { ...process.env, ...embedded.environment },
      maxBuffer: 1e8,
    });
  const installed = async (cluster: string, ...values: string[]) => {
    await writeFile(file('istio.yaml'), await istioctl('manifest', 'generate', ...values));
    await kubectl(cluster, 'create', 'namespace', 'istio-system');
    // The objects that stand on CRDs of the same file come with the second run.
    await kubectl(cluster, 'apply', '-f', file('istio.yaml')).catch(() => undefined);
    await kubectl(cluster, 'apply', '-f', file('istio.yaml'));
  };
  const on = (cluster: string, command: string, bundle = 'bundle', ...words: string[]) =>
    embedded.run(command, '--bundle', file(bundle), '--environment', cluster, ...words);
  const promote = (cluster: string, bundle = 'bundle') =>
    on(cluster, 'promote', bundle, '--record', file('record.json'));

  /** Objects that have fields of such a manager, the locks among them. */
  const writtenBy = async (cluster: string, manager: RegExp) => {
    const types = [...meshTypes, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }];
    const lists = await Promise.all(types.map((type) => embedded.cluster(cluster).list(type)));
    return lists
      .flatMap(({ items }) => items)
      .filter(({ metadata }) => metadata.managedFields?.some((entry) => manager.test(entry.manager)))
      .map((object) => formatObjectId(objectId(object)));
  };

  const saveMesh = async (bundle: string, edit: (text: string) => string = (text) => text) => {
    const mesh = await writeMesh(file(bundle.concat('-mesh')), { environments: `${environments}\n`, edit });
    return saveBundle(await renderMesh(mesh, embedded), file(bundle));
  };

  beforeAll(async () => {
    embedded = await startEmbedded(names);
    await saveMesh('bundle');
  });

  afterAll(() => embedded?.stop());

  test('is refused by plan and promote with what was found, and nothing is written', async () => {
    await installed(
      'stock',
      '--set',
      'components.ingressGateways[0].name=ingress',
      '--set',
      'components.ingressGateways[0].enabled=true',
      '--set',
      'components.ingressGateways[0].namespace=istio-system',
    );
    const planned = await on('stock', 'plan', 'bundle', '--out', file('plan.json'));
    expect(planned.code).toBe(3);
    for (const found of [
      'cluster stock has an Istio that is not of mesh acme, and nothing was written; found:',
      'Deployment istio-system/istiod is a control plane of revision default in the namespace of the bundle',
      'MutatingWebhookConfiguration istio-sidecar-injector injects for what names no revision, as the bundle',
      'ValidatingWebhookConfiguration istio-validator-istio-system validates for what names no revision',
      'This mesh cannot be installed beside it',
    ]) {
      expect(planned.stderr).toContain(found);
    }
    const promoted = await promote('stock');
    expect(promoted.code).toBe(3);
    expect(await writtenBy('stock', /^istio-delivery/)).toEqual([]);
  });

  test('of another revision, without the default, is named with the names that are to be changed', async () => {
    await installed('revisioned', '--set', 'revision=1-31-0', '--set', 'values.defaultRevision=');
    const planned = await on('revisioned', 'plan', 'bundle', '--out', file('plan.json'));
    expect(planned.code).toBe(3);
    expect(planned.stderr).toContain('Deployment istio-system/istiod-1-31-0 is a control plane of revision 1-31-0');
    expect(planned.stderr).toContain('To install this mesh beside it, give it other names in the mesh file');
  });

  test('is a Service with the name of a gateway, whose selector stays as it is', async () => {
    await kubectl('ours', 'create', 'namespace', 'istio-gateways');
    await kubectl('ours', '-n', 'istio-gateways', 'create', 'service', 'clusterip', 'ingress', '--tcp=80');
    const { code, stderr } = await on('ours', 'plan', 'bundle', '--out', file('plan.json'));
    expect(code).toBe(3);
    expect(stderr).toContain('Service istio-gateways/ingress exists, and the bundle brings an object of that name');
    await deleteObject(embedded.cluster('ours'), {
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'istio-gateways',
      name: 'ingress',
    });
    expect(await promote('ours')).toMatchObject({ code: 0 });
  });

  test.each([
    ['a Deployment of a gateway', ['-n', 'istio-gateways', 'create', 'deployment', 'ingress-1-31-0', '--image=x']],
    [
      'a cluster role',
      ['create', 'clusterrole', 'istiod-clusterrole-1-31-0-istio-system', '--verb=get', '--resource=pods'],
    ],
  ])('is %s of that name, force or not', async (_, words) => {
    await kubectl('forced', 'create', 'namespace', 'istio-gateways').catch(() => undefined);
    await kubectl('forced', ...words);
    const { code, stderr } = await on('forced', 'plan', 'bundle', '--force-conflicts', '--out', file('plan.json'));
    expect(code).toBe(3);
    expect(stderr).toContain(`${words.find((word) => /1-31-0/.test(word))} exists, and the bundle brings an object`);
  });

  test('is found when it comes to a mesh that was promoted before', async () => {
    const configuration = (name: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: ${name}, labels: {istio.io/rev: other, istio.io/tag: prod}}
webhooks:
- name: rev.namespace.sidecar-injector.istio.io
  clientConfig: {service: {name: istiod-other, namespace: elsewhere, path: /inject}}
  namespaceSelector: {matchExpressions: [{key: istio.io/rev, operator: In, values: [prod]}]}
  failurePolicy: Ignore
  sideEffects: None
  admissionReviewVersions: [v1]
`;
    await writeFile(file('tag.yaml'), configuration('istio-revision-tag-prod-elsewhere'));
    await kubectl('ours', 'apply', '-f', file('tag.yaml'));
    const { code, stderr } = await on('ours', 'plan', 'bundle', '--out', file('plan.json'));
    expect(code).toBe(3);
    expect(stderr).toContain(
      'MutatingWebhookConfiguration istio-revision-tag-prod-elsewhere injects for revision or tag prod (tag prod), as the bundle',
    );
    await kubectl('ours', 'delete', '-f', file('tag.yaml'));
    expect(await on('ours', 'plan', 'bundle', '--out', file('plan.json'))).toMatchObject({ code: 0 });
  });

  test.each([
    [
      'another namespace of the control plane',
      (text: string) => text.replace(/^name: acme\n/m, 'name: acme\nnamespaces: {controlPlane: istio-second}\n'),
      'set namespaces.controlPlane to "istio-system"',
    ],
    [
      'another name and namespace',
      (text: string) =>
        text.replace(
          /^name: acme\n/m,
          'name: second\nnamespaces: {root: second-config, controlPlane: second-system, gateways: second-gateways}\n',
        ),
      'set name to "acme" and namespaces.controlPlane to "istio-system"',
    ],
  ])('a second mesh with %s is refused, both named', async (_, edit, remedy) => {
    const before = await meshSnapshot(embedded.cluster('ours'));
    await saveMesh('second', (text) => edit(text.replace(/^config:\n(?: .*\n)+/m, 'config: []\n')));
    const { code, stderr } = await promote('ours', 'second');
    expect(code).toBe(3);
    expect(stderr).toContain(
      'it has mesh acme (control plane in namespace istio-system) already, and a cluster has one',
    );
    expect(stderr).toContain(remedy);
    expect(await meshSnapshot(embedded.cluster('ours'))).toEqual(before);
  });
});
