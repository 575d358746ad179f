import { describe, expect, test } from 'vitest';
import { restartForm, restartOf, restartTime } from '../../../src/upgrade/workloads/workload-restart.ts';
import { proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

const at = new Date('2026-11-23T21:00:00.500Z');
const annotations = { 'istio-delivery/restart': 'u1' };

describe('restartForm', () => {
  test.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    'names the very %s, and nothing of it but one annotation',
    (kind) => {
      const form = restartForm(rolledOut(kind), { restart: 'u1', at });
      expect(form).toEqual({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: 'web', namespace: 'shop', uid: `uid-${kind}-web` },
        spec: { template: { metadata: { annotations } } },
      });
      expect(restartOf(form)).toBe('u1');
    },
  );

  test('gives a Rollout a time of restart', () => {
    const form = restartForm(rolledOut('Rollout'), { restart: 'u1', at });
    expect(form).toMatchObject({ metadata: { annotations }, spec: { restartAt: '2026-11-23T21:00:00Z' } });
    expect(restartOf(form)).toBe('u1');
  });
});

describe('restartTime', () => {
  test.each([
    ['now', '2026-11-23T21:00:00.000Z', '2026-11-23T21:00:00.000Z'],
    ['after the newest pod, where the clock is slow', '2026-11-23T19:00:00.000Z', '2026-11-23T20:00:01.000Z'],
  ])('is %s', (_name, now, time) => {
    expect(restartTime(new Date(now), [proxyPod('web-1')]).toISOString()).toBe(time);
  });
});
