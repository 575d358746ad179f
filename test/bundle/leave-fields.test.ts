import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyForm } from '../../src/bundle/apply-form.ts';
import type { FieldOwner } from '../../src/mesh/field-owner-schema.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { destinationRule, live, ours, route, virtualService } from '../support/live-objects.ts';

const weights = '.spec.http[*].route[*].weight';

function declared(path: string, overrides: Partial<FieldOwner> = {}): FieldOwner {
  const field = { kind: 'VirtualService', name: '*', namespace: '*', path, owner: 'somebody' };
  return { ...field, reason: 'somebody writes it', ...overrides };
}

function formOf(object: KubernetesObject, found: KubernetesObject, ...fields: FieldOwner[]) {
  return applyForm({ object, stage: 'config', scaled: false, declared: fields }, found, 'istio-delivery');
}

const httpOf = ({ spec }: KubernetesObject) => (spec as { http?: unknown[] }).http;
const http = (manager: string, operation: 'Apply' | 'Update' = 'Update') => ({
  manager,
  operation,
  fieldsV1: { 'f:spec': { 'f:http': {} } },
});
const all = ours({
  'f:metadata': { 'f:labels': { 'f:istio-delivery/mesh': {} } },
  'f:spec': { 'f:hosts': {}, 'f:http': {} },
});
const rest = ours({ 'f:metadata': { 'f:labels': { 'f:istio-delivery/mesh': {} } }, 'f:spec': { 'f:hosts': {} } });

describe('a field inside of an atomic list', () => {
  test('leaves the list out where nothing else differs and another one owns it', () => {
    const found = live(virtualService([route('/', { a: 80, b: 20 })]), rest, http('somebody'));
    const { form, shared } = formOf(virtualService([route('/', { a: 100, b: 0 })]), found, declared(weights));
    expect(form.spec).toEqual({ hosts: ['cart'] });
    expect(shared).toMatchObject([{ field: '.spec.http', sent: false }]);
  });

  test('keeps its live value while the list is ours', () => {
    const found = live(virtualService([route('/', { a: 80, b: 20 })]), all);
    const { form } = formOf(virtualService([route('/', { a: 100, b: 0 })]), found, declared(weights));
    expect(httpOf(form)).toEqual([route('/', { a: 80, b: 20 })]);
  });

  test('keeps its live value in the list as rendered where that has changed', () => {
    const found = live(virtualService([route('/', { a: 80, b: 20 })]), rest, http('somebody'));
    const { form, shared } = formOf(virtualService([route('/new', { a: 100, b: 0 })]), found, declared(weights));
    expect(httpOf(form)).toEqual([route('/new', { a: 80, b: 20 })]);
    expect(shared).toMatchObject([{ field: '.spec.http', sent: true }]);
  });

  test('stays away where the live item has none', () => {
    const [rendered, found] = [
      { route: [{ destination: { host: 'a' }, weight: 100 }] },
      { route: [{ destination: { host: 'a' } }] },
    ];
    const { form } = formOf(
      virtualService([rendered], { gateways: ['x'] }),
      live(virtualService([found]), all),
      declared(weights),
    );
    expect(httpOf(form)).toEqual([found]);
  });

  test.each<[string, unknown[], unknown[], unknown[]]>([
    [
      'by the name of the item, wherever it stands',
      [route('/b', { a: 100 }, 'b'), route('/a', { a: 100 }, 'a')],
      [route('/', { a: 1 }, 'a'), route('/', { a: 2 }, 'b')],
      [route('/b', { a: 2 }, 'b'), route('/a', { a: 1 }, 'a')],
    ],
    [
      'by equality apart from it',
      [route('/new', { a: 100 }), route('/a', { a: 100, b: 0 }), route('/b', { a: 100, b: 0 })],
      [route('/b', { a: 30, b: 70 }), route('/a', { a: 60, b: 40 })],
      [route('/new', { a: 100 }), route('/a', { a: 60, b: 40 }), route('/b', { a: 30, b: 70 })],
    ],
    [
      'by likeness',
      [route('/new', { c: 100 }), route('/v2', { a: 100, b: 0 })],
      [route('/v1', { a: 60, b: 40 })],
      [route('/new', { c: 100 }), route('/v2', { a: 60, b: 40 })],
    ],
    [
      'by index at last',
      [
        {
          route: [
            { destination: { host: 'a2' }, weight: 100 },
            { destination: { host: 'b2' }, weight: 0 },
          ],
        },
      ],
      [
        {
          route: [
            { destination: { host: 'a1' }, weight: 60 },
            { destination: { host: 'b1' }, weight: 40 },
          ],
        },
      ],
      [
        {
          route: [
            { destination: { host: 'a2' }, weight: 60 },
            { destination: { host: 'b2' }, weight: 40 },
          ],
        },
      ],
    ],
    [
      'and is as rendered in an item of another name',
      [route('/', { a: 100 }, 'new')],
      [route('/', { a: 1 }, 'old')],
      [route('/', { a: 100 }, 'new')],
    ],
  ])('finds its item %s', (_name, rendered, found, expected) => {
    const { form } = formOf(
      virtualService(rendered),
      live(virtualService(found), rest, http('somebody')),
      declared(weights),
    );
    expect(httpOf(form)).toEqual(expected);
  });

  test('of a mapping that is not rendered is kept with the mapping', () => {
    const path = '.spec.subsets[*].labels["hash"]';
    const rendered = destinationRule([{ name: 'v1', trafficPolicy: {} }]);
    const found = live(
      destinationRule([{ name: 'v1', labels: { hash: 'x' } }]),
      ours({ 'f:spec': { 'f:subsets': {} } }),
    );
    const { form } = formOf(rendered, found, declared(path, { kind: 'DestinationRule' }));
    expect(form.spec).toMatchObject({ subsets: [{ name: 'v1', trafficPolicy: {}, labels: { hash: 'x' } }] });
  });

  test('is known by its managedFields no longer once the list was taken, so the object says it', () => {
    const rendered = virtualService([route('/new', { a: 100, b: 0 })]);
    const found = live(virtualService([route('/', { a: 80, b: 20 })]), rest, http('rollouts-controller'));
    const { form } = formOf(rendered, found);
    expect(form.metadata.annotations).toEqual({ 'istio-delivery/left-to': 'rollouts-controller' });
    const { form: next, left } = formOf(rendered, live(form, all));
    expect(next).toEqual(form);
    expect(left).toMatchObject([{ path: weights, owner: 'rollouts-controller' }]);
  });

  test('needs no annotation where the mesh file declares it, or nothing is taken', () => {
    const rendered = virtualService([route('/new', { a: 100, b: 0 })]);
    const found = live(virtualService([route('/', { a: 80, b: 20 })]), rest, http('somebody'));
    expect(formOf(rendered, found, declared(weights)).form.metadata.annotations).toBeUndefined();
    const agreeing = live(virtualService([route('/new', { a: 80, b: 20 })]), rest, http('rollouts-controller'));
    expect(formOf(rendered, agreeing).form.metadata.annotations).toBeUndefined();
  });

  test('is ours again where the mesh file says so', () => {
    const rendered = virtualService([route('/', { a: 100, b: 0 })]);
    const found = live(virtualService([route('/', { a: 80, b: 20 })]), rest, http('rollouts-controller'));
    const { form, left } = formOf(rendered, found, declared(weights, { owner: 'istio-delivery' }));
    expect(form).toEqual(rendered);
    expect(left).toEqual([]);
    const annotations = { 'istio-delivery/left-to': 'rollouts-controller' };
    const taken = { ...found, metadata: { ...found.metadata, annotations } };
    expect(formOf(rendered, taken, declared(weights, { owner: 'istio-delivery' })).form).toEqual(rendered);
  });
});

describe('an item that is foreign as a whole', () => {
  const managed = route('/', { canary: 100 }, 'canary-header');
  const path = '.spec.http[canary-header]';

  test('stays where it is in the list', () => {
    const found = live(virtualService([managed, route('/', { a: 1 }, 'a')]), rest, http('somebody'));
    expect(formOf(virtualService([route('/', { a: 1 }, 'a')]), found, declared(path)).form.spec).toEqual({
      hosts: ['cart'],
    });
    const changed = formOf(
      virtualService([route('/x', { a: 1 }, 'a'), route('/y', { b: 1 }, 'b')]),
      found,
      declared(path),
    );
    expect(httpOf(changed.form)).toEqual([managed, route('/x', { a: 1 }, 'a'), route('/y', { b: 1 }, 'b')]);
  });

  test('goes when it is gone', () => {
    const found = live(virtualService([route('/', { a: 1 }, 'a')]), rest, http('somebody'));
    const { form } = formOf(virtualService([managed, route('/', { a: 1 }, 'a')]), found, declared(path));
    expect(form.spec).toEqual({ hosts: ['cart'] });
  });
});

describe('a field of its own', () => {
  const path = '.spec.trafficPolicy';
  const rule = (trafficPolicy?: object): KubernetesObject => ({
    ...destinationRule([]),
    spec: { host: 'cart', ...(trafficPolicy ? { trafficPolicy } : {}) },
  });
  const field = declared(path, {
    kind: 'DestinationRule',
    name: 'ca*',
    namespace: 'shop',
    apiGroup: 'networking.istio.io',
  });

  test('is left out', () => {
    const found = live(rule({ tls: {} }), ours({ 'f:spec': { 'f:host': {} } }));
    expect(formOf(rule({ loadBalancer: {} }), found, field).form.spec).toEqual({ host: 'cart' });
  });

  test('keeps what we still own of it, with its live value', () => {
    const found = live(
      rule({ loadBalancer: { simple: 'RANDOM' }, tls: { mode: 'DISABLE' } }),
      ours({ 'f:spec': { 'f:host': {}, 'f:trafficPolicy': { 'f:loadBalancer': { 'f:simple': {} } } } }),
      { manager: 'somebody', fieldsV1: { 'f:spec': { 'f:trafficPolicy': { 'f:tls': { 'f:mode': {} } } } } },
    );
    for (const rendered of [rule({ loadBalancer: { simple: 'LEAST_REQUEST' } }), rule()]) {
      expect(formOf(rendered, found, field).form.spec).toEqual({
        host: 'cart',
        trafficPolicy: { loadBalancer: { simple: 'RANDOM' } },
      });
    }
  });

  test.each([
    ['another kind', { kind: 'VirtualService' }],
    ['another name', { name: 'cat*' }],
    ['another namespace', { namespace: 'pay' }],
    ['another group', { apiGroup: 'example.com' }],
  ])('is as rendered in an object of %s', (_name, other) => {
    const found = live(rule({ tls: {} }), ours({ 'f:spec': { 'f:host': {} } }));
    const rendered = rule({ loadBalancer: {} });
    expect(formOf(rendered, found, { ...field, ...other }).form).toEqual(rendered);
  });

  test('is as rendered in an object that is created', () => {
    const object = rule({ loadBalancer: {} });
    const options = { object, stage: 'config', scaled: false, declared: [field] } as const;
    expect(applyForm(options, undefined, 'istio-delivery')).toEqual({ form: object, left: [], shared: [] });
  });
});

interface Sketch {
  prefix: string;
  hosts: string[];
}

const sketches = fc.uniqueArray(
  fc.record({
    prefix: fc.constantFrom('/', '/a', '/b', '/c'),
    hosts: fc.uniqueArray(fc.constantFrom('h0', 'h1', 'h2'), { minLength: 1 }),
  }),
  { maxLength: 5, selector: ({ prefix, hosts }) => `${prefix} ${hosts.join()}` },
);
const anyWeight = fc.integer({ min: 0, max: 100 });

describe('whatever is rendered and whatever is live', () => {
  const drawn = (list: Sketch[], weight: () => number, name: (index: number) => string | undefined) =>
    list.map(({ prefix, hosts }, index) =>
      route(prefix, Object.fromEntries(hosts.map((host) => [host, weight()])), name(index)),
    );
  const withoutWeights = (value: unknown) =>
    JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'weight' ? undefined : inner))) as unknown;
  const weightsOf = (routes: unknown[]) =>
    new Map(
      (
        routes as { name?: string; match: unknown; route: { destination: { host: string }; weight: number }[] }[]
      ).flatMap((each) =>
        each.route.map(({ destination, weight }): [string, number] => [
          `${each.name ?? JSON.stringify(each.match)} ${each.name === undefined ? each.route.length : ''} ${destination.host}`,
          weight,
        ]),
      ),
    );

  test.each(['named', 'unnamed'])('a live weight of %s routes never changes, and all else is as rendered', (kind) => {
    const name = (index: number) => (kind === 'named' ? `r${index}` : undefined);
    fc.assert(
      fc.property(sketches, sketches, fc.infiniteStream(anyWeight), fc.boolean(), (after, before, stream, owned) => {
        const weight = () => stream.next().value ?? 0;
        // Unnamed routes are known by what they are: those that have changed are matched by likeness.
        const rendered = virtualService(drawn(after, () => 50, name));
        const found = virtualService(drawn(before, weight, name));
        const writers = owned ? [all] : [rest, http('somebody')];
        const { form } = formOf(rendered, live(found, ...writers), declared(weights));
        const result = httpOf(form) ?? httpOf(found) ?? [];
        expect(withoutWeights(result)).toEqual(withoutWeights(httpOf(rendered)));
        expect({ ...form, spec: undefined }).toEqual({ ...rendered, spec: undefined });
        const [theirs, sent] = [weightsOf(httpOf(found) ?? []), weightsOf(result)];
        if (kind === 'named') {
          for (const [key, value] of sent) expect(value).toBe(theirs.get(key) ?? value);
        }
        // Nothing of theirs is left out only because the list is.
        if (httpOf(form) === undefined) expect(owned).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('routes that are rendered as they are keep every live weight', () => {
    fc.assert(
      fc.property(sketches, fc.infiniteStream(anyWeight), (list, stream) => {
        const rendered = virtualService(
          drawn(
            list,
            () => 50,
            () => undefined,
          ),
        );
        const found = virtualService(
          drawn(
            list,
            () => stream.next().value ?? 0,
            () => undefined,
          ),
        );
        const { form } = formOf(rendered, live(found, all), declared(weights));
        expect(httpOf(form)).toEqual(httpOf(found));
      }),
      { numRuns: 300 },
    );
  });
});
