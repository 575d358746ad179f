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
    streams = new ProxyStreams(() => ({ host: '127.0.0.1', port }));
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

  test('ends the stream of a proxy that goes', async () => {
    streams.add('web', proxy);
    await untilSynced();
    streams.remove('web');
    await sleep(100);
    expect(streams.counts()).toEqual([]);
    expect(open[0]?.cancelled).toBe(true);
  });
});
