import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../../src/ports/objects.ts';
import { driftOf } from '../../src/record/drift.ts';
import { renderMesh, saveBundle, writeMesh } from './acme.ts';
import { deliverTo, read, settledVersions } from './delivery.ts';
import type { Embedded } from './embedded.ts';
import { environments } from './story.ts';

export const routeNames = ['cart', 'pay', 'search', 'web'] as const;

/** Acme with VirtualServices that split traffic and a DestinationRule with subsets. */
function routes(prefix: string): string {
  const services = routeNames.map((name) =>
    [
      'apiVersion: networking.istio.io/v1',
      'kind: VirtualService',
      `metadata: { name: ${name}, namespace: shop }`,
      'spec:',
      `  hosts: [${name}.shop.svc.cluster.local]`,
      '  http:',
      '    - name: primary',
      `      match: [{ uri: { prefix: ${prefix} } }]`,
      '      route:',
      '        - { destination: { host: stable.shop.svc.cluster.local }, weight: 100 }',
      '        - { destination: { host: canary.shop.svc.cluster.local }, weight: 0 }',
      '    - route: [{ destination: { host: storefront.shop.svc.cluster.local } }]',
    ].join('\n'),
  );
  const rule = [
    'apiVersion: networking.istio.io/v1',
    'kind: DestinationRule',
    'metadata: { name: cart, namespace: shop }',
    'spec:',
    '  host: cart.shop.svc.cluster.local',
    '  subsets:',
    '    - { name: stable, labels: { app: cart } }',
    '    - { name: canary, labels: { app: cart } }',
  ].join('\n');
  return `${[...services, rule].join('\n---\n')}\n`;
}

export interface Rendered {
  bundle: Bundle;
  path: string;
}

/** One cluster with acme in it, and others who write to what acme brings. */
export interface FieldStory {
  embedded: Embedded;
  cluster: Cluster;
  delivery: ReturnType<typeof deliverTo>;
  first: Rendered;
  /** Renders acme with another prefix in its routes, and more in its mesh file. */
  render(variant?: { prefix?: string; more?: string }): Promise<Rendered>;
  /** Writes to an object as a controller does, without server-side apply. */
  update(manager: string, id: ObjectId, patch: object, subresource?: string): Promise<void>;
  drift(): Promise<{ drift: string[]; left: string[] }>;
}

export async function beginFieldStory(embedded: Embedded): Promise<FieldStory> {
  const cluster = embedded.cluster('dev');
  const delivery = deliverTo(cluster, 'dev');
  let count = 0;
  const render: FieldStory['render'] = async ({ prefix = '/', more = '' } = {}) => {
    count += 1;
    const files = { 'config/services/routes.yaml': routes(prefix) };
    const edit = (text: string) => text.replace(/^environments:/m, `${more}\nenvironments:`);
    const meshFile = await writeMesh(join(embedded.home, `mesh-${count}`), { environments, files, edit });
    const bundle = await renderMesh(meshFile, embedded);
    return { bundle, path: await saveBundle(bundle, join(embedded.home, `bundle-${count}`)) };
  };
  const first = await render();
  const { outcome } = await delivery.promote(first.bundle);
  if (outcome.result !== 'promoted') throw new Error(JSON.stringify(outcome));
  await settledVersions(cluster, first.bundle);
  return {
    embedded,
    cluster,
    delivery,
    first,
    render,
    async update(manager, { kind, namespace = 'default', name }, patch, subresource) {
      const where = ['--context', 'dev', '--namespace', namespace, '--field-manager', manager];
      const type = [
        '--type',
        Array.isArray(patch) ? 'json' : 'merge',
        ...(subresource ? ['--subresource', subresource] : []),
      ];
      const words = ['patch', ...where, kind, name, ...type, '--patch', JSON.stringify(patch)];
      const env = { ...embedded.environment, HOME: embedded.home };
      await promisify(execFile)(embedded.tool('kubectl'), words, { env });
    },
    async drift() {
      const target = { name: 'dev', context: 'dev' };
      const { drift, left } = await driftOf(cluster, { target, namespace: 'istio-system' });
      return { drift, left: left.map(({ id, path, owner }) => `${id.kind} ${id.name} ${path} ${owner}`) };
    },
  };
}

/** Takes fields by server-side apply, with force, as a controller does. */
export async function applyAs(
  cluster: Cluster,
  manager: string,
  { apiVersion, kind, ...metadata }: ObjectId,
  fields: Record<string, unknown>,
): Promise<void> {
  const object: KubernetesObject = { apiVersion, kind, metadata, ...fields };
  const result = await cluster.apply(object, { fieldManager: manager, dryRun: false, force: true });
  if (result.kind !== 'applied') throw new Error(JSON.stringify(result));
}

export function virtualServiceId(name: string): ObjectId {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name };
}

export interface HttpRoute {
  name?: string;
  timeout?: string;
  match?: { uri: { prefix: string } }[];
  route: { destination: { host: string }; weight?: number }[];
}

export async function routesOf(cluster: Cluster, name: string): Promise<HttpRoute[]> {
  return ((await read(cluster, virtualServiceId(name))).spec as { http: HttpRoute[] }).http;
}

/** The routes with other weights in the first one. */
export function weighted([first, ...others]: HttpRoute[], ...weights: number[]): HttpRoute[] {
  if (!first) throw new Error('there is no route');
  return [{ ...first, route: first.route.map((each, at) => ({ ...each, weight: weights[at] ?? 0 })) }, ...others];
}

/** Name, prefix and weights of the routes of a VirtualService. */
export async function routing(cluster: Cluster, name: string): Promise<unknown[]> {
  return (await routesOf(cluster, name)).map(({ match, route }) => [
    match?.[0]?.uri.prefix,
    ...route.map(({ weight }) => weight),
  ]);
}

/** The only cluster's part of a plan. */
export function partOf({ clusters: [part] }: Plan) {
  if (!part) throw new Error('the plan has no cluster');
  return part;
}
