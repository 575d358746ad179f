import { setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type DiscoveryRequest,
  type DiscoveryResponse,
  discoveryRequest,
  discoveryResponse,
  resourceTypes,
  streamMethod,
} from '../../../src/adapters/embedded/discovery-messages.ts';
import { ProxyStreams } from '../../../src/adapters/embedded/proxy-streams.ts';
import type { ProxyFault } from '../../../src/local/fault.ts';
import type { Proxy } from '../../../src/local/proxy-node.ts';

const proxy: Proxy = {
  revision: '1-31-0',
  discoveryAddress: 'istiod.istio-system.svc:15012',
  node: {
    id: 'sidecar~10.0.0.1~web.shop~shop.svc.cluster.local',
    cluster: 'web.shop',
    metadata: { CLUSTER_ID: 'one' },
  },
};

/** Protobuf by hand: a length-delimited field. */
function bytes(id: number, content: Buffer | string): Buffer {
  const value = Buffer.from(content);
  return Buffer.concat([Buffer.from([(id << 3) | 2, value.length]), value]);
}

const endpointCluster = Buffer.concat([bytes(1, 'outbound|80||web'), Buffer.from([(2 << 3) | 0, 3])]);
const staticCluster = bytes(1, 'BlackHoleCluster');
const connectionManager = {
  type: 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  value: bytes(3, bytes(2, '80')),
};
const filter = bytes(4, Buffer.concat([bytes(1, connectionManager.type), bytes(2, connectionManager.value)]));
const listener = Buffer.concat([bytes(1, '0.0.0.0_80'), bytes(3, bytes(3, filter))]);

describe('ProxyStreams', () => {
  let server: Server;
  let port: number;
  let requests: DiscoveryRequest[];
  let refusals: number;
  let fault: ProxyFault | undefined;
  let streams: ProxyStreams;
  let open: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>[];

  /** A control plane that sends each type once, like istiod, and refuses the first `refusals` streams. */
  function serve(call: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>): void {
    if (refusals > 0) {
      refusals -= 1;
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'request rate limit exceeded' });
      return;
    }
    open.push(call);
    call.on('data', (asked: DiscoveryRequest) => {
      requests.push(asked);
      if (asked.response_nonce) return;
      const values: Record<string, Buffer[]> = {
        [resourceTypes.clusters]: [endpointCluster, staticCluster],
        [resourceTypes.listeners]: [listener],
      };
      call.write({
        type_url: asked.type_url,
        version_info: 'v1',
        nonce: `nonce of ${asked.type_url}`,
        resources: (values[asked.type_url] ?? []).map((value) => ({ type_url: asked.type_url, value })),
      });
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  }

  beforeEach(async () => {
    requests = [];
    open = [];
    refusals = 0;
    fault = undefined;
    server = new Server();
    server.addService(
      {
        streamAggregatedResources: {
          path: streamMethod,
          requestStream: true,
          responseStream: true,
          requestSerialize: discoveryRequest.serialize,
          requestDeserialize: discoveryRequest.deserialize,
          responseSerialize: discoveryResponse.serialize,
          responseDeserialize: discoveryResponse.deserialize,
        },
      },
      { streamAggregatedResources: serve },
    );
    port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    streams = new ProxyStreams({ find: () => ({ host: '127.0.0.1', port }), faultOf: () => fault });
  });

  afterEach(() => {
    streams.close();
    server.forceShutdown();
  });

  async function untilSynced(): Promise<void> {
    while (streams.counts()[0]?.synced !== 1) await sleep(20);
  }

  test('subscribes as Envoy does, and acknowledges each response with its version and nonce', async () => {
    streams.add('web', proxy);
    await untilSynced();
    await sleep(50);
    const asked = requests.filter(({ response_nonce }) => !response_nonce);
    expect(asked.map(({ type_url, resource_names }) => [type_url, resource_names])).toEqual([
      [resourceTypes.clusters, []],
      [resourceTypes.endpoints, ['outbound|80||web']],
      [resourceTypes.listeners, []],
      [resourceTypes.routes, ['80']],
    ]);
    expect(asked[0]?.node).toMatchObject({
      id: proxy.node.id,
      metadata: { fields: { CLUSTER_ID: { string_value: 'one' } } },
    });
    expect(asked.slice(1).every(({ node }) => node == null)).toBe(true);
    const acknowledged = requests.filter(({ response_nonce }) => response_nonce);
    expect(
      acknowledged.map(({ type_url, version_info, response_nonce }) => [type_url, version_info, response_nonce]),
    ).toEqual(
      [resourceTypes.clusters, resourceTypes.endpoints, resourceTypes.listeners, resourceTypes.routes].map((type) => [
        type,
        'v1',
        `nonce of ${type}`,
      ]),
    );
    expect(streams.counts()).toEqual([{ revision: '1-31-0', proxies: 1, connected: 1, synced: 1 }]);
  });

  test('comes back after it was refused', async () => {
    refusals = 2;
    streams.add('web', proxy);
    await untilSynced();
    expect(refusals).toBe(0);
  });

  test('comes back when its stream breaks', async () => {
    streams.add('web', proxy);
    await untilSynced();
    open[0]?.emit('error', { code: status.UNAVAILABLE, details: 'going away' });
    while (streams.counts()[0]?.synced === 1) await sleep(5);
    await untilSynced();
    expect(open).toHaveLength(2);
  });

  test('rejects the types that it is told to, with the version it had before, and is not synced', async () => {
    fault = { kind: 'proxy', failure: 'rejects', types: ['listeners'] };
    streams.add('web', proxy);
    while (!requests.some(({ error_detail }) => error_detail)) await sleep(20);
    const rejected = requests.filter(({ error_detail }) => error_detail);
    expect(rejected).toMatchObject([
      {
        type_url: resourceTypes.listeners,
        version_info: '',
        response_nonce: `nonce of ${resourceTypes.listeners}`,
        error_detail: { code: 3, message: expect.stringContaining('listeners') },
      },
    ]);
    expect(streams.counts()).toMatchObject([{ connected: 1, synced: 0 }]);
  });

  test('begins anew when its fault changes: never acknowledges, never connects, cured', async () => {
    streams.add('web', proxy);
    await untilSynced();
    fault = { kind: 'proxy', failure: 'never-acknowledges' };
    requests = [];
    streams.recheck();
    while (open.length < 2 || requests.length === 0) await sleep(20);
    await sleep(50);
    expect(requests.map(({ type_url, response_nonce }) => [type_url, response_nonce])).toEqual([
      [resourceTypes.clusters, ''],
    ]);
    expect(streams.counts()).toMatchObject([{ connected: 1, synced: 0 }]);
    fault = { kind: 'proxy', failure: 'never-connects' };
    streams.recheck();
    streams.hurry();
    await sleep(600);
    expect(streams.counts()).toMatchObject([{ proxies: 1, connected: 0 }]);
    expect(open).toHaveLength(2);
    fault = undefined;
    streams.recheck();
    await untilSynced();
  });

  test('leaves a proxy alone whose fault has not changed', async () => {
    streams.add('web', proxy);
    await untilSynced();
    streams.recheck();
    await sleep(50);
    expect(open).toHaveLength(1);
    expect(streams.counts()).toMatchObject([{ synced: 1 }]);
  });

  test('ends the stream of a proxy that goes', async () => {
    streams.add('web', proxy);
    await untilSynced();
    streams.remove('web');
    await sleep(100);
    expect(streams.counts()).toEqual([]);
    expect(open[0]?.cancelled).toBe(true);
  });
});
