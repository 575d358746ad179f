import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { ApiTrouble } from '../../src/adapters/embedded/api-front.ts';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import type { Cluster, WatchEvent } from '../../src/ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { type FaultyServer, startFaultyServer } from '../support/faulty-server.ts';

const applyOptions = { fieldManager: 'test', dryRun: false, force: false };
const { signal: never } = new AbortController();

function configMap(name: string, value = 'one'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value } };
}

describe('an API server that fails now and then', () => {
  let embedded: Embedded;
  let server: FaultyServer;
  let cluster: Cluster;

  beforeAll(async () => {
    embedded = await startEmbedded(['plain']);
    server = await startFaultyServer(embedded, 'plain');
  });

  beforeEach(() => {
    server.fail(() => undefined);
    cluster = connectCluster({ name: 'faulty', kubeconfig: server.kubeconfig, context: 'faulty' });
  });

  afterAll(async () => {
    await server?.stop();
    await embedded?.stop();
  });

  /** Fails the first requests whose method and path match. */
  function failFirst(match: RegExp, ...faults: ApiTrouble[]): void {
    server.fail((line) => (match.test(line) ? faults.shift() : undefined));
  }

  const sent = (match: RegExp) => server.requests.filter((line) => match.test(line)).length;

  test('is asked again after as long as it says', async () => {
    failFirst(/^PATCH/, { kind: 'answer', status: 429, headers: { 'Retry-After': '1' } });
    const started = Date.now();
    expect(await cluster.apply(configMap('busy'), applyOptions)).toMatchObject({ kind: 'applied' });
    expect(Date.now() - started).toBeGreaterThan(990);
    expect(sent(/^PATCH/)).toBe(2);
  });

  const service = (spec: unknown, metadata: object = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec,
  });

  test.each<[string, KubernetesObject, RegExp]>([
    [
      'a field that its type does not have',
      service({ prts: [] }),
      /schema: \.spec\.prts: field not declared in schema/,
    ],
    ['a number for a text', service({}, { annotations: { a: 1 } }), /\.metadata\.annotations\.a: expected string/],
    ['a list for a mapping', service([1]), /\.spec: expected map/],
    ['one key twice', service({ ports: [{ port: 1 }, { port: 1 }] }), /\.spec\.ports: duplicate entries for key/],
    ['a name that is none', service({ ports: [{ port: 1 }] }, { name: 'A_b' }), /metadata\.name: Invalid value/],
    ['more than a request may hold', configMap('large', 'x'.repeat(4_000_000)), /Request entity too large/],
  ])('refuses an object with %s, and the server is not to blame', async (_what, object, reason) => {
    for (const dryRun of [true, false]) {
      const result = await cluster.apply(object, { ...applyOptions, dryRun });
      expect(result).toEqual({ kind: 'invalid', reason: expect.stringMatching(reason) });
    }
  });

  test('says that a namespace is being deleted, whoever asks', async () => {
    const namespace = (finalizers: string[]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'ending', finalizers },
    });
    const id = objectId(namespace([]));
    await cluster.apply(namespace(['test/hold']), applyOptions);
    await cluster.delete(id, (await cluster.get(id))?.metadata.uid ?? '');
    const object = { ...configMap('late'), metadata: { name: 'late', namespace: 'ending' } };
    expect(await cluster.apply(object, { ...applyOptions, dryRun: true })).toEqual({
      kind: 'invalid',
      reason: expect.stringMatching(/^namespace "ending" is being deleted; wait until it is gone/),
    });
    await cluster.apply(namespace([]), applyOptions);
  });

  test('passes on what the server warns of', async () => {
    const object = service({ ports: [{ port: 80 }], externalName: 'elsewhere' });
    expect(await cluster.apply(object, { ...applyOptions, dryRun: true })).toMatchObject({
      kind: 'applied',
      warnings: [expect.stringMatching(/^spec\.externalName is ignored when/)],
    });
  });

  test.each<[string, ApiTrouble]>([
    ['unavailable', { kind: 'answer', status: 503 }],
    ['behind a load balancer that finds it nowhere', { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' }],
    ['cut off before the request arrives', { kind: 'reset' }],
    ['cut off before its answer arrives', { kind: 'lost answer' }],
  ])('is read and applied to again when it was %s', async (_how, fault) => {
    const id = objectId(configMap('again'));
    failFirst(/^PATCH/, fault, fault);
    expect(await cluster.apply(configMap('again'), applyOptions)).toMatchObject({ kind: 'applied' });
    expect(sent(/^PATCH/)).toBe(3);
    failFirst(/^GET .*again/, fault, fault);
    expect(await cluster.get(id)).toMatchObject({ data: { value: 'one' } });
    expect(sent(/^GET .*again/)).toBe(3);
  });

  test('is not given a new object twice', async () => {
    failFirst(/^POST/, { kind: 'lost answer' });
    await expect(cluster.create(configMap('once'))).rejects.toMatchObject({
      code: 'ClusterUnreachable',
      retryable: true,
      message: expect.stringContaining('context "faulty"'),
    });
    expect(sent(/^POST/)).toBe(1);
    expect(await cluster.create(configMap('once'))).toEqual({ created: false });
  });

  test('names the object and the reason of what no retry can help', async () => {
    const body = { kind: 'Status', reason: 'Forbidden', message: 'configmaps "no" is forbidden: not you' };
    failFirst(/^PATCH/, { kind: 'answer', status: 403, body });
    await expect(cluster.apply(configMap('no'), applyOptions)).rejects.toMatchObject({
      code: 'Forbidden',
      retryable: false,
      message: expect.stringMatching(/^ConfigMap default\/no apply failed \(Forbidden\): .*not you; grant the right/),
    });
    expect(sent(/^PATCH/)).toBe(1);
  });

  test('names the webhook that it cannot reach', async () => {
    const message = 'Internal error occurred: failed calling webhook "rev.validation.istio.io": connection refused';
    failFirst(/^PATCH/, { kind: 'answer', status: 500, body: { kind: 'Status', reason: 'InternalError', message } });
    await expect(cluster.apply(configMap('hooked'), applyOptions)).rejects.toMatchObject({
      code: 'WebhookUnreachable',
      retryable: true,
      message: expect.stringContaining('Service behind webhook "rev.validation.istio.io"'),
    });
  });

  test('gets new credentials from the kubeconfig when the old ones no longer count', async () => {
    const id = objectId(configMap('busy'));
    const [, second] = server.tokens;
    await cluster.get(id);
    server.fail((_line, { headers }) =>
      headers.authorization === `Bearer ${second}` ? undefined : { kind: 'answer', status: 401 },
    );
    await server.useToken(second);
    expect(await cluster.get(id)).toMatchObject({ metadata: { name: 'busy' } });
    expect(sent(/^GET .*busy/)).toBe(2);
  });

  test('says so when the credentials in the kubeconfig do not count', async () => {
    const body = { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' };
    server.fail(() => ({ kind: 'answer', status: 401, body }));
    await expect(cluster.get(objectId(configMap('busy')))).rejects.toMatchObject({
      code: 'Unauthorized',
      message: expect.stringMatching(/^API v1 of https:\/\/\S+ discovery failed \(Unauthorized\): .*; renew the cred/),
    });
  });

  test('is asked again for its types after it failed to tell them', async () => {
    failFirst(/^GET \/api\/v1$/, { kind: 'answer', status: 500 });
    const id = objectId(configMap('busy'));
    await expect(cluster.get(id)).rejects.toMatchObject({ retryable: true });
    expect(await cluster.get(id)).toMatchObject({ metadata: { name: 'busy' } });
  });

  test('ends a watch with an error that asks for a new list when the place is too old', async () => {
    const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (9)' };
    failFirst(/watch=true/, { kind: 'answer', status: 200, body: { type: 'ERROR', object: gone } });
    const watch = async () => {
      const seen: WatchEvent[] = [];
      const type = { apiVersion: 'v1', kind: 'ConfigMap' };
      for await (const event of cluster.watch(type, { resourceVersion: '1' }, never)) seen.push(event);
      return seen;
    };
    await expect(watch()).rejects.toMatchObject({ code: 'WatchExpired', retryable: true });
  });

  test('answers requests whatever number of watches is open', async () => {
    const type = { apiVersion: 'v1', kind: 'ConfigMap' };
    const { resourceVersion } = await embedded.cluster('plain').list(type);
    const ended = new AbortController();
    const open = Array.from({ length: 50 }, async () => {
      for await (const _event of cluster.watch(type, { resourceVersion }, ended.signal));
    });
    await expect.poll(() => sent(/watch=true/), { timeout: 10_000 }).toBe(50);
    expect((await cluster.identity()).version).toMatch(/^v1\./);
    ended.abort();
    await Promise.allSettled(open);
  });

  test('is watched on through ended, cut, refused and expired watches and a failed list', async () => {
    const deployment = (nodeSelector: Record<string, string>): KubernetesObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { nodeSelector, containers: [{ name: 'web', image: 'registry.example/web:1' }] },
        },
      },
    });
    const created = await cluster.apply(deployment({ 'example.com/no': 'node' }), applyOptions);
    if (created.kind !== 'applied') expect.fail(created.kind);
    const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } };
    const watches: ApiTrouble[] = [
      { kind: 'ended' },
      { kind: 'cut' },
      { kind: 'reset' },
      { kind: 'answer', status: 503 },
      { kind: 'answer', status: 410 },
      { kind: 'answer', status: 200, body: gone },
    ];
    const lists: (ApiTrouble | undefined)[] = [undefined, undefined, { kind: 'answer', status: 500 }];
    server.fail((line) => {
      if (!line.startsWith('GET /apis/apps/v1/namespaces/default/deployments')) return undefined;
      if (!line.includes('watch=true')) return lists.shift();
      const fault = watches.shift();
      // The last thing that goes wrong: now the pod may run.
      if (fault === undefined) void embedded.cluster('plain').apply(deployment({}), applyOptions);
      return fault;
    });
    await waitReady(cluster, [created.object], { timeout: 60_000, clock: systemClock, signal: never });
    expect(watches).toEqual([]);
    expect(sent(/watch=true/)).toBe(7);
  });

  test('that stays away is named with its address and context', async () => {
    const before = Date.now();
    server.fail(() => ({ kind: 'reset' }));
    await expect(cluster.identity()).rejects.toMatchObject({
      code: 'ClusterUnreachable',
      retryable: true,
      message: expect.stringMatching(/^API server https:\/\/127\.0\.0\.1:\d+ \(context "faulty"\) cannot be reached: /),
    });
    expect(Date.now() - before).toBeGreaterThan(4000);
  });
});
