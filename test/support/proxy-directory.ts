import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DeliveryError, messageOf } from '../../src/errors.ts';
import type { ConnectedProxy, ProxyDirectory } from '../../src/ports/proxies.ts';
import type { Embedded } from './embedded.ts';

interface StatusDocument {
  resources?: { node: { id: string; metadata: { ISTIO_VERSION?: string } } }[];
}

/** What istioctl itself says about the proxies of an embedded cluster; each is taken for synced. */
export function istioctlProxies({ environment, home, tool }: Embedded, context: string): ProxyDirectory {
  return {
    async connected(revision): Promise<ConnectedProxy[]> {
      const args = ['proxy-status', '--context', context, '--revision', revision, '--output', 'json'];
      try {
        const env = { ...environment, PATH: process.env.PATH, HOME: home };
        const { stdout } = await promisify(execFile)(tool('istioctl'), args, { env, maxBuffer: 1 << 26 });
        return documents(stdout).flatMap(({ resources = [] }) => resources.flatMap(({ node }) => proxyOf(node)));
      } catch (error) {
        throw new DeliveryError(`proxies of ${revision}: ${messageOf(error)}`, {
          code: 'ProxyStatusUnavailable',
          retryable: true,
          cause: error,
        });
      }
    },
  };
}

/** istioctl prints one document an istiod pod, one after the other. */
function documents(text: string): StatusDocument[] {
  const parts = text.split(/(?<=^\})/m).filter((part) => part.trim() !== '');
  return parts.map((part) => JSON.parse(part) as StatusDocument);
}

function proxyOf({ id, metadata }: { id: string; metadata: { ISTIO_VERSION?: string } }): ConnectedProxy[] {
  const version = metadata.ISTIO_VERSION ?? '';
  const [, pod = '', namespace = ''] = /^(.+)\.([^.]+)$/.exec(id.split('~').at(2) ?? id) ?? [];
  // The streams with which istioctl asks.
  return version.startsWith('65536') ? [] : [{ pod, namespace, version, synced: true }];
}
