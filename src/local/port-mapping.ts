import { DeliveryError } from '../errors.ts';

/** A port of this machine that leads to a port of the first node, where a Service of type NodePort listens. */
export interface PortMapping {
  hostPort: number;
  nodePort: number;
  protocol: 'TCP' | 'UDP';
}

/** Reads `8080:30080` or `5353:30053/udp`. */
export function parsePortMapping(text: string): PortMapping {
  const {
    host,
    node,
    protocol = 'tcp',
  } = /^(?<host>\d+):(?<node>\d+)(?:\/(?<protocol>tcp|udp))?$/i.exec(text)?.groups ?? {};
  const [hostPort, nodePort] = [Number(host), Number(node)];
  if (isPort(hostPort) && isPort(nodePort)) {
    return { hostPort, nodePort, protocol: protocol.toLowerCase() === 'udp' ? 'UDP' : 'TCP' };
  }
  throw new DeliveryError(
    `port mapping "${text}" cannot be read: give <port of this machine>:<port of the node>, such as 8080:30080 or 5353:30053/udp`,
    { code: 'PortMappingInvalid', kind: 'usage' },
  );
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}
