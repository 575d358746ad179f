import { z } from 'zod';
import { checkDocument } from '../../mesh/read-document.ts';
import type { ConnectedProxy } from '../../ports/proxies.ts';

const xdsConfigSchema = z.looseObject({
  typeUrl: z.string().optional(),
  configStatus: z.string().optional(),
  lastUpdated: z.string().optional(),
  errorState: z.looseObject({ details: z.string().optional() }).nullish(),
});

/** envoy.service.status.v3.ClientConfig, as far as istiod fills it: one connection of one proxy. */
const clientConfigSchema = z.looseObject({
  '@type': z.string().optional(),
  node: z
    .looseObject({
      id: z.string().optional(),
      metadata: z.looseObject({ NAMESPACE: z.string().optional(), ISTIO_VERSION: z.string().optional() }).optional(),
    })
    .nullish(),
  genericXdsConfigs: z.array(xdsConfigSchema).nullish(),
});

const answerSchema = z.looseObject({ resources: z.array(clientConfigSchema).nullish() });

type ClientConfig = z.infer<typeof clientConfigSchema>;
type XdsConfig = z.infer<typeof xdsConfigSchema>;

const clientConfigType = 'type.googleapis.com/envoy.service.status.v3.ClientConfig';

/** What istioctl's own debug streams say for their version. */
const debugStream = /^65536\./;

/** Types that a proxy waits for once it has subscribed; of the others istiod often has nothing to send. */
const awaitedTypes: Readonly<Record<string, string>> = {
  'envoy.config.cluster.v3.Cluster': 'CDS',
  'envoy.config.listener.v3.Listener': 'LDS',
  'envoy.config.endpoint.v3.ClusterLoadAssignment': 'EDS',
  'envoy.config.route.v3.RouteConfiguration': 'RDS',
};

const otherTypes: Readonly<Record<string, string>> = {
  'envoy.extensions.transport_sockets.tls.v3.Secret': 'SDS',
  'envoy.config.core.v3.TypedExtensionConfig': 'ECDS',
  'istio.networking.nds.v1.NameTable': 'NDS',
};

/**
 * Every proxy in the output of `istioctl proxy-status --output json`: one JSON document for each istiod, one after the
 * other. Throws a SyntaxError where it is anything else.
 */
export function parseProxyStatus(text: string): ConnectedProxy[] {
  const connections = new Map<string, Connection>();
  for (const document of jsonDocuments(text)) {
    const answer = checkDocument(document, answerSchema);
    if (answer.kind !== 'read') throw new SyntaxError(answer.reason);
    for (const resource of answer.value.resources ?? []) {
      const connection = connectionOf(resource);
      if (connection === undefined) continue;
      const key = `${connection.proxy.namespace}/${connection.proxy.pod}`;
      const other = connections.get(key);
      if (other === undefined || supersedes(connection, other)) connections.set(key, connection);
    }
  }
  return [...connections.values()].map(({ proxy }) => proxy);
}

interface Connection {
  proxy: ConnectedProxy;
  /** When istiod last sent something, in ISO 8601. */
  updated: string;
}

/**
 * A proxy that came back to another istiod is still listed by the first one for a while. What is pushed on such a dead
 * connection is never acknowledged, so a connection that is in sync tells the truth.
 */
function supersedes(one: Connection, other: Connection): boolean {
  if (one.proxy.synced !== other.proxy.synced) return one.proxy.synced;
  return one.updated > other.updated;
}

function connectionOf(resource: ClientConfig): Connection | undefined {
  const { id = '', metadata = {} } = resource.node ?? {};
  const version = metadata.ISTIO_VERSION ?? '';
  // The name of a pod may have dots, that of a namespace has none.
  const dot = id.lastIndexOf('.');
  if (resource['@type'] !== clientConfigType || dot <= 0 || debugStream.test(version)) return undefined;
  const configs = resource.genericXdsConfigs ?? [];
  const updated =
    configs
      .map(({ lastUpdated = '' }) => lastUpdated)
      .sort()
      .at(-1) ?? '';
  return { proxy: { pod: id.slice(0, dot), namespace: id.slice(dot + 1), version, ...syncOf(configs) }, updated };
}

/** A type that the proxy never asked for is not listed, and no trouble. */
function syncOf(configs: readonly XdsConfig[]): Pick<ConnectedProxy, 'synced' | 'reason' | 'rejected'> {
  const rejected = configs.find(({ configStatus }) => configStatus === 'ERROR');
  if (rejected) {
    const details = rejected.errorState?.details;
    const reason = `${shortType(rejected)} was rejected${details ? `: ${details}` : ''}`;
    return { synced: false, rejected: true, reason };
  }
  if (configs.length === 0) return { synced: false, reason: 'it has not asked for its configuration' };
  for (const config of configs) {
    if (config.configStatus === 'STALE') {
      return { synced: false, reason: `${shortType(config)} was not acknowledged` };
    }
    if (config.configStatus === 'NOT_SENT' && awaitedTypes[typeName(config)] !== undefined) {
      return { synced: false, reason: `${shortType(config)} was not sent` };
    }
  }
  return { synced: true };
}

function typeName({ typeUrl = '' }: XdsConfig): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}

function shortType(config: XdsConfig): string {
  const name = typeName(config);
  return awaitedTypes[name] ?? otherTypes[name] ?? name;
}

/** The JSON documents of a text that has nothing but white space between them. */
function* jsonDocuments(text: string): Generator<unknown> {
  const marks = /["{}]/g;
  let start = 0;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') marks.lastIndex = endOfString(text, mark.index);
    else depth += mark[0] === '{' ? 1 : -1;
    if (mark[0] !== '}' || depth > 0) continue;
    yield JSON.parse(text.slice(start, marks.lastIndex));
    start = marks.lastIndex;
  }
  if (text.slice(start).trim() !== '') {
    throw new SyntaxError(`expected JSON, got ${JSON.stringify(text.slice(start).trim().slice(0, 120))}`);
  }
}

/** The position after the string that begins at `quote`. */
function endOfString(text: string, quote: number): number {
  for (let end = text.indexOf('"', quote + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  throw new SyntaxError('expected JSON, got a string without an end');
}
