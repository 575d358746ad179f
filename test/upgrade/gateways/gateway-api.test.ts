import { describe, expect, test } from 'vitest';
import type { Cluster, ObjectType } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { awaitGatewayApi } from '../../../src/upgrade/gateways/gateway-api.ts';
import type { UpgradeContext } from '../../../src/upgrade/upgrade-context.ts';
import { silent } from '../../support/delivery.ts';
import { meshFacts, namespace, object } from '../../support/mesh-facts.ts';

const api = 'gateway.networking.k8s.io/v1';
const classes = Object.entries({ istio: 'istio.io/gateway-controller', other: 'example.com/gateway' }).map(
  ([name, controllerName]) => object(api, 'GatewayClass', name, { spec: { controllerName } }),
);

interface Given {
  programmed?: boolean;
  tag?: string;
  gatewayClassName?: string;
  deleted?: boolean;
}

function gateway(path: string, given: Given = {}): KubernetesObject {
  const { programmed = false, tag = 'gateways', gatewayClassName = 'istio', deleted = false } = given;
  return object(api, 'Gateway', path, {
    labels: { 'istio.io/rev': tag },
    metadata: { generation: 1, ...(deleted ? { deletionTimestamp: '2026-11-23T10:00:00Z' } : {}) },
    spec: { gatewayClassName },
    status: {
      conditions: [
        {
          type: 'Programmed',
          status: programmed ? 'True' : 'False',
          message: programmed ? '' : 'address pending',
          observedGeneration: 1,
        },
      ],
    },
  });
}

/** Waits for the Gateways of tag `gateways`, which are these at one look after the other; seconds that it took. */
async function awaited(looks: KubernetesObject[][], waived?: string): Promise<number> {
  let [now, look] = [0, 0];
  const cluster = {
    name: 'dev',
    async list({ kind }: ObjectType) {
      if (kind === 'Gateway') return { items: looks[Math.min(look++, looks.length - 1)] ?? [] };
      if (kind === 'GatewayClass') return { items: classes };
      return { items: kind === 'Namespace' ? [namespace('edge')] : [] };
    },
  } as unknown as Cluster;
  const waivers =
    waived === undefined ? [] : [{ check: 'gateway-unprogrammed', object: waived, reason: 'no balancer' }];
  const context = {
    cluster,
    policy: { ...meshFacts().policy, waivers },
    timeout: 5_000,
    clock: {
      now: () => new Date(now),
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    },
    reporter: silent,
    signal: new AbortController().signal,
  } as unknown as UpgradeContext;
  await awaitGatewayApi(context, { tag: 'gateways', revision: 'new' });
  return now / 1000;
}

describe('a tag that has moved', () => {
  test.each<[string, KubernetesObject]>([
    ['is programmed', gateway('edge/web', { programmed: true })],
    ['follows another tag', gateway('edge/web', { tag: 'prod' })],
    ['another controller programs', gateway('edge/web', { gatewayClassName: 'other' })],
    ['is being deleted', gateway('edge/web', { deleted: true })],
  ])('does not wait for a Gateway that %s', async (_name, each) => {
    expect(await awaited([[each]])).toBe(0);
  });

  test('waits until its Gateways are programmed', async () => {
    const pending = [gateway('edge/web')];
    expect(await awaited([pending, pending, pending, [gateway('edge/web', { programmed: true })]])).toBe(2);
  });

  test('names the Gateways that are not programmed in time, and why', async () => {
    await expect(awaited([[gateway('edge/web'), gateway('edge/api', { programmed: true })]])).rejects.toMatchObject({
      code: 'GatewayNotProgrammed',
      retryable: true,
      message:
        'cluster dev has Gateways that are not programmed after 5 s: Gateway edge/web: address pending. Mend them, then resume',
    });
  });

  test('asks nothing of a Gateway that was let through as it is', async () => {
    expect(await awaited([[gateway('edge/web')]], 'Gateway edge/web')).toBe(0);
    await expect(awaited([[gateway('edge/web')]], 'Gateway edge/api')).rejects.toThrow('Gateway edge/web');
  });
});
