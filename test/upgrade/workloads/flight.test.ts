import { describe, expect, test } from 'vitest';
import {
  advanceFlight,
  beginFlight,
  type Flight,
  type FlightVerdict,
  judgeFlight,
} from '../../../src/upgrade/workloads/flight.ts';
import type { Lack } from '../../../src/upgrade/workloads/workload-state.ts';

const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const timeout = 100_000;
const slow: Lack = { reason: 'one of two' };
const crash: Lack = { reason: 'it crashes', trouble: 'likely' };
const lost: Lack = { reason: 'it is lost', trouble: 'certain' };

/** What is judged after each look: seconds since its begin, what it lacks, its whole pods. */
function judged(kind: Flight['kind'], looks: [number, Lack | undefined, number][]): FlightVerdict[] {
  let flight = beginFlight(id, kind, { generation: 2, now: 0 });
  return looks.map(([seconds, lack, whole]) => {
    flight = advanceFlight(flight, { lack, whole, now: seconds * 1000 });
    return judgeFlight(flight, seconds * 1000, timeout);
  });
}

describe('judgeFlight', () => {
  test('calls a workload whole that lacks nothing', () => {
    expect(
      judged('roll', [
        [0, slow, 0],
        [200, undefined, 2],
      ]),
    ).toEqual(['waiting', 'whole']);
  });

  test('gives up after the timeout without a further pod', () => {
    expect(
      judged('roll', [
        [0, slow, 1],
        [99, slow, 1],
        [100, slow, 1],
      ]),
    ).toEqual(['waiting', 'waiting', 'failed']);
  });

  test('waits as long as pods come', () => {
    expect(
      judged('roll', [
        [0, slow, 0],
        [90, slow, 1],
        [180, slow, 2],
        [279, slow, 1],
        [280, slow, 1],
      ]),
    ).toEqual([...['waiting', 'waiting', 'waiting', 'waiting', 'failed']]);
  });

  test('does not wait where waiting cannot help', () => {
    expect(
      judged('roll', [
        [0, slow, 0],
        [1, lost, 0],
      ]),
    ).toEqual(['waiting', 'failed']);
  });

  test('gives what it finds already failed the time to recover', () => {
    expect(
      judged('wait', [
        [0, lost, 0],
        [29, lost, 0],
        [30, lost, 0],
      ]),
    ).toEqual(['waiting', 'waiting', 'failed']);
  });

  test('gives a crash the time to pass', () => {
    expect(
      judged('roll', [
        [0, slow, 0],
        [5, crash, 0],
        [20, slow, 0],
        [40, crash, 0],
      ]),
    ).toEqual([...['waiting', 'waiting', 'waiting', 'failed']]);
  });

  test('forgives a crash that has passed', () => {
    expect(
      judged('roll', [
        [0, crash, 0],
        [40, slow, 0],
        [60, undefined, 2],
      ]),
    ).toEqual(['waiting', 'waiting', 'whole']);
  });
});
