import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/errors.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { followSource } from '../../src/probe/follow-source.ts';
import { start } from '../support/samples.ts';

const container = { namespace: 'istio-system', pod: 'probe-x', container: 'shop' };
const line = (index: number) => `${BigInt(start + index * 100) * 1_000_000n},200,5000000,0,0,,`;
const unreadable = () => new DeliveryError('log cannot be read: HTTP 500', { code: 'LogUnavailable', retryable: true });

type State = { running: object } | { terminated: { reason: string; exitCode: number } };

function pod(state: State): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe-x', namespace: 'istio-system' },
    status: { containerStatuses: [{ name: 'shop', ready: true, state }] },
  };
}

/** Follows a log that reads as `opened` says, opening by opening, of a pod that is each time as `pods` says. */
async function follow(opened: (string | Error)[][], pods: (KubernetesObject | undefined | Error)[]) {
  const troubles: (string | undefined)[] = [];
  const ended = new AbortController();
  let samples = 0;
  const cluster = {
    async *log() {
      for (const each of opened.shift() ?? []) {
        if (each instanceof Error) throw each;
        yield each;
      }
    },
    async get() {
      const live = pods.shift();
      if (live instanceof Error) throw live;
      return live;
    },
  };
  await followSource(cluster as unknown as Cluster, container, {
    clock: {
      now: () => new Date(start),
      monotonic: () => start,
      sleep: async () => (opened.length === 0 ? ended.abort() : undefined),
    },
    signal: ended.signal,
    onSample: () => {
      samples += 1;
    },
    onTrouble: (trouble) => troubles.push(trouble),
  });
  return { samples, troubles: troubles.filter((trouble, index) => trouble !== troubles[index - 1] || index === 0) };
}

describe('a source is followed', () => {
  test('through a log that breaks off, cannot be opened, and comes back', async () => {
    const opened = [[line(0), line(1), unreadable()], [unreadable()], [line(0), line(1), line(2)]];
    const running = pod({ running: {} });
    expect(await follow(opened, [running, running, running])).toEqual({
      samples: 3,
      troubles: [undefined, 'log cannot be read: HTTP 500', undefined],
    });
  });

  test('until its container has ended, with what it said', async () => {
    const terminated = pod({ terminated: { reason: 'Error', exitCode: 1 } });
    expect(await follow([[line(0), 'vegeta: not found'], [line(1)]], [terminated])).toEqual({
      samples: 1,
      troubles: [
        undefined,
        'container shop of pod istio-system/probe-x ended: Error (exit code 1); it said: vegeta: not found',
      ],
    });
  });

  test('until its pod is gone', async () => {
    expect(await follow([[line(0)], [line(1)]], [undefined])).toEqual({
      samples: 1,
      troubles: [undefined, 'pod istio-system/probe-x is gone'],
    });
  });

  test('where nobody can say for a moment how it is', async () => {
    expect(await follow([[unreadable()], [line(0)]], [new Error('no API server'), pod({ running: {} })])).toEqual({
      samples: 1,
      troubles: ['log cannot be read: HTTP 500', undefined],
    });
  });
});
