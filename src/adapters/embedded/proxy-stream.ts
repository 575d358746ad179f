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
  /** What was accepted last. */
  version: string;
  nonce: string;
}

/** How a proxy answers a response: as it should, with an error, or not at all. */
export type AnswerTo = (type: keyof typeof resourceTypes) => 'acknowledge' | 'reject' | 'keep silent';

export interface ProxyStreamEvents {
  /** Everything it subscribed to has arrived and was acknowledged. */
  synced(): void;
  /** The stream is over, whoever ended it but `end`. */
  closed(reason: string): void;
}

export interface ProxyStream {
  end(): void;
}

export interface ProxyStreamOptions extends ProxyStreamEvents {
  node: ProxyNode;
  answerTo: AnswerTo;
}

/** One proxy's stream: subscribes to what Envoy does, in its order, and acknowledges every response that it may. */
export function openProxyStream(client: Client, { node, answerTo, ...events }: ProxyStreamOptions): ProxyStream {
  const call: ClientDuplexStream<DiscoveryRequest, DiscoveryResponse> = client.makeBidiStreamRequest(
    streamMethod,
    discoveryRequest.serialize,
    discoveryResponse.deserialize,
  );
  const subscriptions = new Map<string, Subscription>();
  let over = false;

  function send(type: string, changes: Partial<Subscription> = {}, error?: string): void {
    const first = subscriptions.size === 0;
    const subscription = { names: [], version: '', nonce: '', ...subscriptions.get(type), ...changes };
    subscriptions.set(type, subscription);
    call.write({
      type_url: type,
      version_info: subscription.version,
      response_nonce: subscription.nonce,
      resource_names: subscription.names,
      ...(error === undefined ? {} : { error_detail: { code: invalidArgument, message: error } }),
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
    const { type_url: type, version_info: version, nonce } = response;
    switch (answerTo(typeName(type))) {
      case 'keep silent':
        return;
      case 'reject':
        send(type, { nonce }, `the proxy rejects ${typeName(type)} because a test wants it to`);
        break;
      case 'acknowledge':
        send(type, { version, nonce });
    }
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

/** google.rpc.Code */
const invalidArgument = 3;

function typeName(type: string): keyof typeof resourceTypes {
  const known = Object.entries(resourceTypes).find(([, url]) => url === type);
  return (known?.[0] ?? 'clusters') as keyof typeof resourceTypes;
}

function isSynced(subscriptions: ReadonlyMap<string, Subscription>): boolean {
  return (
    subscriptions.has(resourceTypes.listeners) &&
    [...subscriptions.values()].every((subscription) => subscription.version !== '')
  );
}
