import { fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';

/** google.protobuf.Any, its content still encoded. */
export interface AnyMessage {
  type_url: string;
  value: Buffer;
}

export interface DiscoveryRequest {
  node?: { id: string; cluster: string; metadata: StructMessage; user_agent_name: string };
  type_url: string;
  version_info?: string;
  response_nonce?: string;
  resource_names?: string[];
  error_detail?: { code: number; message: string };
}

export interface DiscoveryResponse {
  version_info: string;
  type_url: string;
  nonce: string;
  resources: AnyMessage[];
}

export interface StructMessage {
  fields: Record<string, ValueMessage>;
}

type ValueMessage =
  | { null_value: 0 }
  | { number_value: number }
  | { string_value: string }
  | { bool_value: boolean }
  | { struct_value: StructMessage }
  | { list_value: { values: ValueMessage[] } };

/** Path of the method on the wire. */
export const streamMethod = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** The resource types that a proxy subscribes to, in Envoy's order. */
export const resourceTypes = {
  clusters: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listeners: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  routes: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
} as const;

interface Field {
  type: string;
  id: number;
  rule?: 'repeated';
  keyType?: string;
}

function field(type: string, id: number): Field {
  return { type, id };
}

function repeated(type: string, id: number): Field {
  return { type, id, rule: 'repeated' };
}

/** Only the fields that are sent or read here; a decoder skips the others. Numbers as in Envoy's v3 API. */
const definitions = {
  nested: {
    xds: {
      nested: {
        Any: { fields: { type_url: field('string', 1), value: field('bytes', 2) } },
        Struct: { fields: { fields: { keyType: 'string', type: 'Value', id: 1 } } },
        ListValue: { fields: { values: repeated('Value', 1) } },
        Value: {
          oneofs: {
            kind: { oneof: ['null_value', 'number_value', 'string_value', 'bool_value', 'struct_value', 'list_value'] },
          },
          fields: {
            null_value: field('int32', 1),
            number_value: field('double', 2),
            string_value: field('string', 3),
            bool_value: field('bool', 4),
            struct_value: field('Struct', 5),
            list_value: field('ListValue', 6),
          },
        },
        Status: { fields: { code: field('int32', 1), message: field('string', 2) } },
        Node: {
          fields: {
            id: field('string', 1),
            cluster: field('string', 2),
            metadata: field('Struct', 3),
            user_agent_name: field('string', 6),
          },
        },
        DiscoveryRequest: {
          fields: {
            version_info: field('string', 1),
            node: field('Node', 2),
            resource_names: repeated('string', 3),
            type_url: field('string', 4),
            response_nonce: field('string', 5),
            error_detail: field('Status', 6),
          },
        },
        DiscoveryResponse: {
          fields: {
            version_info: field('string', 1),
            resources: repeated('Any', 2),
            type_url: field('string', 4),
            nonce: field('string', 5),
          },
        },
        EdsClusterConfig: { fields: { service_name: field('string', 2) } },
        Cluster: {
          fields: {
            name: field('string', 1),
            type: field('int32', 2),
            eds_cluster_config: field('EdsClusterConfig', 3),
          },
        },
        Filter: { fields: { name: field('string', 1), typed_config: field('Any', 4) } },
        FilterChain: { fields: { filters: repeated('Filter', 3) } },
        Listener: {
          fields: { filter_chains: repeated('FilterChain', 3), default_filter_chain: field('FilterChain', 25) },
        },
        Rds: { fields: { route_config_name: field('string', 2) } },
        HttpConnectionManager: { fields: { rds: field('Rds', 3) } },
      },
    },
  },
};

const loaded = fromJSON(definitions, { keepCase: true, arrays: true });

function message<T>(name: string): MessageTypeDefinition<T, T> {
  return loaded[`xds.${name}`] as unknown as MessageTypeDefinition<T, T>;
}

export const discoveryRequest = message<DiscoveryRequest>('DiscoveryRequest');
export const discoveryResponse = message<DiscoveryResponse>('DiscoveryResponse');

interface ClusterMessage {
  name: string;
  type?: number;
  eds_cluster_config?: { service_name?: string };
}

interface FilterChainMessage {
  filters: { typed_config?: AnyMessage }[];
}

interface ListenerMessage {
  filter_chains: FilterChainMessage[];
  default_filter_chain?: FilterChainMessage | null;
}

const cluster = message<ClusterMessage>('Cluster');
const listener = message<ListenerMessage>('Listener');
const connectionManager = message<{ rds?: { route_config_name?: string } | null }>('HttpConnectionManager');
const connectionManagerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const endpointDiscovery = 3;

/** Names whose endpoints these clusters ask for. */
export function endpointNames(resources: readonly AnyMessage[]): string[] {
  const names = resources
    .map(({ value }) => cluster.deserialize(value))
    .filter(({ type }) => type === endpointDiscovery)
    .map(({ name, eds_cluster_config }) => eds_cluster_config?.service_name || name);
  return [...new Set(names)].sort();
}

/** Names of the route configurations that these listeners ask for. */
export function routeNames(resources: readonly AnyMessage[]): string[] {
  const names = resources
    .map(({ value }) => listener.deserialize(value))
    .flatMap(({ filter_chains, default_filter_chain }) => [
      ...filter_chains,
      ...(default_filter_chain ? [default_filter_chain] : []),
    ])
    .flatMap(({ filters }) => filters)
    .flatMap(({ typed_config }) => (typed_config?.type_url === connectionManagerType ? [typed_config.value] : []))
    .map((value) => connectionManager.deserialize(value).rds?.route_config_name ?? '')
    .filter((name) => name !== '');
  return [...new Set(names)].sort();
}

/** Plain JSON as google.protobuf.Struct. */
export function structOf(object: Record<string, unknown>): StructMessage {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return { fields: Object.fromEntries(entries.map(([key, value]) => [key, valueOf(value)])) };
}

function valueOf(value: unknown): ValueMessage {
  if (value === null || value === undefined) return { null_value: 0 };
  if (typeof value === 'number') return { number_value: value };
  if (typeof value === 'string') return { string_value: value };
  if (typeof value === 'boolean') return { bool_value: value };
  if (Array.isArray(value)) return { list_value: { values: value.map(valueOf) } };
  return { struct_value: structOf(value as Record<string, unknown>) };
}
