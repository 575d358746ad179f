import { Client, credentials } from '@grpc/grpc-js';
import { backoffDelay } from '../../apply/backoff.ts';
import type { ProxyStatus } from '../../local/daemon-status.ts';
import type { ProxyFault } from '../../local/fault.ts';
import { proxyAnswer } from '../../local/fault-match.ts';
import type { Proxy } from '../../local/proxy-node.ts';
import { openProxyStream, type ProxyStream } from './proxy-stream.ts';

/** Where a proxy's control plane listens for xDS in plain text; undefined while none is ready. */
export type FindControlPlane = (proxy: Proxy) => { host: string; port: number } | undefined;

export interface ProxyStreamsOptions {
  find: FindControlPlane;
  /** What is wrong with a proxy now. */
  faultOf(proxy: Proxy): ProxyFault | undefined;
}

interface Entry {
  proxy: Proxy;
  fault: ProxyFault | undefined;
  state: 'waiting' | 'connected' | 'synced';
  failures: number;
  stream?: ProxyStream;
  retry?: NodeJS.Timeout;
}

/** As pilot-agent: soon at first, then slower, and never all at once. */
const backoff = { first: 500, longest: 15_000 };

/** The xDS streams of all proxies of a cluster: opened, acknowledged and, when they break, opened again. */
export class ProxyStreams {
  readonly #entries = new Map<string, Entry>();
  readonly #clients = new Map<string, Client>();
  readonly #options: ProxyStreamsOptions;

  constructor(options: ProxyStreamsOptions) {
    this.#options = options;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  add(key: string, proxy: Proxy): void {
    const entry: Entry = { proxy, fault: undefined, state: 'waiting', failures: 0 };
    this.#entries.set(key, entry);
    this.#open(key, entry);
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    clearTimeout(entry?.retry);
    entry?.stream?.end();
  }

  /** A control plane has become ready: who waits for one need not wait out its delay. */
  hurry(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.state !== 'waiting' || entry.stream) continue;
      clearTimeout(entry.retry);
      entry.failures = 0;
      entry.retry = setTimeout(() => this.#open(key, entry), Math.random() * backoff.first);
    }
  }

  /** Faults have changed: the proxies that they are about begin anew. */
  recheck(): void {
    for (const [key, entry] of this.#entries) {
      if (JSON.stringify(entry.fault) === JSON.stringify(this.#options.faultOf(entry.proxy))) continue;
      clearTimeout(entry.retry);
      entry.stream?.end();
      delete entry.stream;
      Object.assign(entry, { state: 'waiting', failures: 0 });
      this.#open(key, entry);
    }
  }

  counts(): ProxyStatus[] {
    const counts = new Map<string, ProxyStatus>();
    for (const { proxy, state } of this.#entries.values()) {
      const count = counts.get(proxy.revision) ?? { revision: proxy.revision, proxies: 0, connected: 0, synced: 0 };
      count.proxies += 1;
      if (state !== 'waiting') count.connected += 1;
      if (state === 'synced') count.synced += 1;
      counts.set(proxy.revision, count);
    }
    return [...counts.values()].sort((one, other) => one.revision.localeCompare(other.revision));
  }

  /** Nobody listens at the address any more. */
  forget(host: string, port: number): void {
    this.#clients.get(`${host}:${port}`)?.close();
    this.#clients.delete(`${host}:${port}`);
  }

  close(): void {
    for (const key of this.keys()) this.remove(key);
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #open(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    const fault = this.#options.faultOf(entry.proxy);
    entry.fault = fault;
    if (fault?.failure === 'never-connects') return;
    const address = this.#options.find(entry.proxy);
    if (address === undefined) {
      this.#retry(key, entry);
      return;
    }
    entry.stream = openProxyStream(this.#client(`${address.host}:${address.port}`), {
      node: entry.proxy.node,
      answerTo: (type) => proxyAnswer(fault, type),
      synced: () => {
        entry.state = 'synced';
        entry.failures = 0;
      },
      closed: () => {
        entry.state = 'waiting';
        delete entry.stream;
        this.#retry(key, entry);
      },
    });
    entry.state = 'connected';
  }

  #retry(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    const delay = backoffDelay(backoff, entry.failures, Math.random());
    entry.failures += 1;
    entry.retry = setTimeout(() => this.#open(key, entry), delay);
  }

  /** One HTTP/2 connection carries all streams to one istiod process. */
  #client(address: string): Client {
    const known = this.#clients.get(address);
    if (known) return known;
    const client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2000,
    });
    this.#clients.set(address, client);
    return client;
  }
}
