import type { IncomingMessage } from 'node:http';
import { type ApiFault, type Fault, parseFaults } from '../../local/fault.ts';
import { goneNodes, webhookFaultOf } from '../../local/fault-match.ts';
import { type Service, serviceAt } from '../../local/service-route.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { ApiFront, ApiTrouble } from './api-front.ts';
import type { ConnectProxy } from './connect-proxy.ts';
import type { FaultBoard } from './fault-board.ts';
import type { IstiodFleet } from './istiod-fleet.ts';
import { syncGoneNodes } from './node-faults.ts';
import type { ProxyStreams } from './proxy-streams.ts';

export interface FaultSwitchOptions {
  board: FaultBoard;
  cluster: Cluster;
  clock: Clock;
  network: ConnectProxy;
  front: ApiFront;
  streams: ProxyStreams;
  fleet: IstiodFleet;
  services(): readonly Service[];
}

/** Puts the faults of a JSON list in force in place of those that were; throws with kind `usage` where it cannot. */
export async function switchFaults(body: unknown, options: FaultSwitchOptions): Promise<void> {
  const { board, cluster, clock, network, front, streams, fleet, services } = options;
  const faults = parseFaults(body);
  const before = board.all();
  board.replace(faults);
  try {
    await syncGoneNodes(cluster, goneNodes(faults), clock);
  } catch (error) {
    board.replace(before);
    throw error;
  }
  network.cut((host) => {
    const service = serviceAt(host, services());
    return service !== undefined && webhookOf(before, service) !== webhookOf(faults, service);
  });
  front.cutWatches(({ method = '', url = '' }) => board.hit(method, url, ['dropped-watch']) !== undefined);
  streams.recheck();
  await fleet.recheck();
}

function webhookOf(faults: readonly Fault[], service: Service): string | undefined {
  return JSON.stringify(webhookFaultOf(faults, service));
}

/** What a request to the front meets now. */
export function troubleOf(board: FaultBoard, { method = '', url = '' }: IncomingMessage): ApiTrouble | undefined {
  const fault = board.hit(method, url);
  return fault && troubleBy(fault);
}

function troubleBy(fault: ApiFault): ApiTrouble {
  switch (fault.failure) {
    case 'latency':
      return { kind: 'late', delay: fault.delay };
    case 'reset':
      return { kind: 'reset' };
    case 'lost-answer':
      return { kind: 'lost answer' };
    case 'dropped-watch':
      return { kind: 'cut' };
    case 'status':
      return {
        kind: 'answer',
        status: fault.status,
        headers: fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) },
        body: {
          apiVersion: 'v1',
          kind: 'Status',
          status: 'Failure',
          code: fault.status,
          reason: statusReasons[fault.status] ?? 'Unknown',
          message: `the API server answers ${fault.status} because a test wants it to`,
        },
      };
  }
}

/** As the API server names them. */
const statusReasons: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
