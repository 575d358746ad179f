import { readFile, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import { join } from 'node:path';
import { type ApiTrouble, startApiFront } from '../../src/adapters/embedded/api-front.ts';
import type { ClusterRecord } from '../../src/local/cluster-record.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { Embedded } from './embedded.ts';

export interface FaultyServer {
  /** Kubeconfig with the context `faulty`. */
  kubeconfig: string;
  /** Method and path of every request since the last call of `fail`, in order. */
  requests: string[];
  /** Decides on every request from now on; `line` is its method and path. */
  fail(decide: (line: string, request: http.IncomingMessage) => ApiTrouble | undefined): void;
  /** Two tokens of an administrator; the kubeconfig has the first. */
  tokens: [string, string];
  /** Writes the kubeconfig anew, with this token. */
  useToken(token: string): Promise<void>;
  stop(): Promise<void>;
}

const account = { namespace: 'kube-system', name: 'faulty' };

/** The daemon's front of a cluster's API server, with decisions that only a test can make. */
export async function startFaultyServer(embedded: Embedded, context: string): Promise<FaultyServer> {
  const folder = join(embedded.home, 'clusters', context);
  const keys = join(folder, 'kwok', 'clusters', context, 'pki');
  const record = JSON.parse(await readFile(join(folder, 'cluster.json'), 'utf8')) as ClusterRecord;
  const requests: string[] = [];
  let decide: Parameters<FaultyServer['fail']>[0] = () => undefined;
  const front = await startApiFront({
    apiServer: record.ports.apiServer,
    keys,
    decide(request) {
      const line = `${request.method} ${request.url}`;
      requests.push(line);
      return decide(line, request);
    },
  });

  const authority = await readFile(join(keys, 'ca.crt'), 'base64');
  const kubeconfig = join(embedded.home, 'faulty.json');
  const cluster = {
    'certificate-authority-data': authority,
    server: `https://127.0.0.1:${front.port}`,
  };
  const useToken = (token: string) =>
    writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'faulty', cluster }],
        users: [{ name: 'faulty', user: { token } }],
        contexts: [{ name: 'faulty', context: { cluster: 'faulty', user: 'faulty' } }],
      }),
    );
  const tokens = await administratorTokens(embedded.cluster(context));
  await useToken(tokens[0]);

  return {
    kubeconfig,
    requests,
    tokens,
    fail(next) {
      decide = next;
      requests.length = 0;
    },
    useToken,
    stop: () => front.close(),
  };
}

async function administratorTokens(cluster: Cluster): Promise<[string, string]> {
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  await cluster.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: account.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
  const token = async () => (await cluster.requestToken(account, 3600))?.token ?? '';
  return [await token(), await token()];
}
