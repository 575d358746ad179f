import { PassThrough } from 'node:stream';
import { PortForward } from '@kubernetes/client-node';
import { streamDecode, streamEncode } from 'dns-packet';
import type { KubeconfigSource } from '../kubernetes/kubeconfig-connection.ts';
import { loadKubeconfig } from '../kubernetes/kubeconfig-files.ts';

export interface DnsQuery {
  source: KubeconfigSource;
  /** A pod that answers on port 53 over TCP. */
  pod: { namespace: string; name: string };
  question: string;
  /** Milliseconds. */
  timeout: number;
}

/** The addresses that a DNS server in a pod answers with, asked through a port-forward; rejects where it does not answer. */
export async function queryDns({ source, pod, question, timeout }: DnsQuery): Promise<string[]> {
  const { config } = loadKubeconfig(source.kubeconfig);
  config.setCurrentContext(source.context);
  const [toServer, fromServer, refusals] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const forward = new PortForward(config);
  const socket = await forward.portForward(pod.namespace, pod.name, [53], fromServer, refusals, toServer);
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = new Promise<string[]>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeout / 1000} s`)), timeout);
      refusals.on('data', (chunk: Buffer) => reject(new Error(chunk.toString('utf8').trim())));
      fromServer.once('close', () => reject(new Error('the connection was closed')));
      let received = Buffer.alloc(0);
      fromServer.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        // Over TCP two bytes with its length stand before a message.
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        const { answers = [] } = streamDecode(received);
        resolve(answers.flatMap((record) => (record.type === 'A' ? [record.data] : [])));
      });
    });
    toServer.write(streamEncode({ type: 'query', id: 1, flags: 256, questions: [{ type: 'A', name: question }] }));
    return await answer;
  } finally {
    clearTimeout(timer);
    toServer.destroy();
    (typeof socket === 'function' ? socket() : socket)?.close();
  }
}
