import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import type { ProxyNode } from '../../local/proxy-node.ts';
import {
  type DiscoveryRequest,
  type DiscoveryResponse,
  discoveryRequest,
  discoveryResponse,
  endpointNames,
  resourceTypes,
  routeNames,
  streamMethod,
  structOf,
} from './discovery-messages.ts';

interface Subscription {
  names: string[];
  version: string;
  nonce: string;
}

export interface ProxyStreamEvents {
  /** Everything it subscribed to has arrived and was acknowledged. */
  synced(): void;
  /** The stream is over, whoever ended it but `end`. */
  closed(reason: string): void;
}

export interface ProxyStream {
  end(): void;
}

/** One proxy's stream: subscribes to what Envoy does, in its order, and acknowledges every response. */
export function openProxyStream(client: Client, node: ProxyNode, events: ProxyStreamEvents): ProxyStream {
  const call: ClientDuplexStream<DiscoveryRequest, DiscoveryResponse> = client.makeBidiStreamRequest(
    streamMethod,
    discoveryRequest.serialize,
    discoveryResponse.deserialize,
  );
  const subscriptions = new Map<string, Subscription>();
  let over = false;

  function send(type: string, changes: Partial<Subscription> = {}): void {
    const first = subscriptions.size === 0;
    const subscription = { names: [], version: '', nonce: '', ...subscriptions.get(type), ...changes };
    subscriptions.set(type, subscription);
    call.write({
      type_url: type,
      version_info: subscription.version,
      response_nonce: subscription.nonce,
      resource_names: subscription.names,
      // The server keeps the node for the life of the stream.
      ...(first ? { node: { ...node, metadata: structOf(node.metadata), user_agent_name: 'envoy' } } : {}),
    });
  }

  /** Subscribes, or says which names are wanted now; a subscription to nothing is not made. */
  function want(type: string, names: string[]): void {
    const before = subscriptions.get(type);
    if (before === undefined ? names.length > 0 : before.names.join() !== names.join()) send(type, { names });
  }

  function receive(response: DiscoveryResponse): void {
    send(response.type_url, { version: response.version_info, nonce: response.nonce });
    if (response.type_url === resourceTypes.clusters) {
      want(resourceTypes.endpoints, endpointNames(response.resources));
      if (!subscriptions.has(resourceTypes.listeners)) send(resourceTypes.listeners);
    } else if (response.type_url === resourceTypes.listeners) {
      want(resourceTypes.routes, routeNames(response.resources));
    }
    if (isSynced(subscriptions)) events.synced();
  }

  function close(reason: string): void {
    if (over) return;
    over = true;
    call.cancel();
    events.closed(reason);
  }

  call.on('data', receive);
  call.on('error', (error: Error) => close(error.message));
  call.on('end', () => close('the server ended the stream'));
  send(resourceTypes.clusters);
  return {
    end() {
      over = true;
      call.cancel();
    },
  };
}

function isSynced(subscriptions: ReadonlyMap<string, Subscription>): boolean {
  return (
    subscriptions.has(resourceTypes.listeners) &&
    [...subscriptions.values()].every((subscription) => subscription.nonce !== '')
  );
}
