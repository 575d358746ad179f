import { describe, expect, test } from 'vitest';
import { healthParts } from '../../src/mesh/health-policy.ts';
import type { PartHealth } from '../../src/probe/health/part-health.ts';
import { type ClusterStatus, isHealthy, statusText } from '../../src/record/status.ts';
import { facts } from '../support/health-facts.ts';

function status(overrides: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    cluster: 'dev',
    environment: 'dev',
    kubernetes: 'v1.34.2',
    record: facts().record,
    health: healthParts.map((part) => ({ part, troubles: [], unknown: [] })),
    drift: [],
    left: [],
    revisions: [{ revision: 'new', version: '1.31.0', ready: '2 of 2 replicas ready' }],
    tags: [],
    proxies: [],
    ...overrides,
  };
}

const gone: PartHealth = { part: 'objects', troubles: ['istiod is missing'], unknown: [] };
const unseen: PartHealth = { part: 'proxies', troubles: [], unknown: ['no right to forward ports'] };

describe('the status of a cluster', () => {
  test('is healthy where everything is known and good, and says so first', () => {
    expect(isHealthy(status())).toBe(true);
    expect(statusText([status()]).join('\n')).toMatch(
      /^dev \/ dev \(Kubernetes v1\.34\.2\)\n {2}healthy, no drift\n {2}bundle /,
    );
  });

  test('says what is wrong before what is unknown, and both before what runs', () => {
    const text = statusText([
      status({ health: [unseen, gone], drift: ['Service a: .spec'], driftUnknown: 'forbidden' }),
    ]).join('\n');
    expect(text.split('\n').slice(1, 9)).toEqual([
      '  not healthy:',
      '    objects: istiod is missing',
      '  unknown:',
      '    proxies: no right to forward ports',
      '    drift: forbidden',
      '  drift:',
      '    Service a: .spec',
      expect.stringMatching(/^ {2}bundle /),
    ]);
  });

  test.each<[string, Partial<ClusterStatus>]>([
    ['something is wrong', { health: [gone] }],
    ['something is unknown', { health: [unseen] }],
    ['something has drifted', { drift: ['Service a: .spec'] }],
    ['drift is unknown', { driftUnknown: 'forbidden' }],
    ['nothing was ever promoted', { record: undefined }],
  ])('is not healthy where %s', (_name, overrides) => {
    expect(isHealthy(status(overrides))).toBe(false);
    expect(statusText([status(overrides)]).join('\n')).not.toContain('healthy, no drift');
  });

  test('is not healthy where the cluster cannot be asked', () => {
    expect(isHealthy({ cluster: 'dev', environment: 'dev', unknown: 'no route' })).toBe(false);
  });
});
