import { createServer } from 'node:net';
import { DeliveryError } from '../../errors.ts';

/** Below the ranges from which kernels take ports for outgoing connections. */
const first = 20_000;
const last = 31_999;

/** Ports on loopback that nobody listens on now; `taken` are left out, for clusters that are down for the moment. */
export async function freePorts(count: number, taken: ReadonlySet<number> = new Set()): Promise<number[]> {
  const ports: number[] = [];
  // A random start keeps two runs that begin together apart.
  const start = Math.floor(Math.random() * (last - first));
  for (let step = 0; ports.length < count; step += 1) {
    if (step > last - first) {
      throw new DeliveryError(
        `no free port is left between ${first} and ${last} on 127.0.0.1; end what listens there`,
        {
          code: 'NoFreePort',
        },
      );
    }
    const port = first + ((start + step) % (last - first));
    if (!taken.has(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** Whether nobody listens on any of these ports. */
export async function areFree(ports: readonly number[]): Promise<boolean> {
  return (await Promise.all(ports.map(isFree))).every((free) => free);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
