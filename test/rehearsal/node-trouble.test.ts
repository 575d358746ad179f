import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { nodeShortage } from '../../src/rehearsal/node-trouble.ts';

const object = (kind: string, name: string, more: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...more,
});
const node = (type: string, status: string, message?: string) =>
  object('Node', 'one', { status: { conditions: [{ type, status, ...(message ? { message } : {}) }] } });
const none = { nodes: [], pods: [], events: [] };

test('says nothing of nodes that have all that they need', () => {
  const nodes = [node('DiskPressure', 'False'), node('Ready', 'True')];
  const pods = [object('Pod', 'web-1', { status: { phase: 'Running' } })];
  const events = [object('Event', 'e', { reason: 'Starting', message: 'Starting kubelet.' })];
  expect(nodeShortage({ nodes, pods, events })).toBeUndefined();
});

test.each([
  [
    { ...none, nodes: [node('DiskPressure', 'True', 'kubelet has disk pressure')] },
    'node one has DiskPressure (kubelet has disk pressure)',
  ],
  [
    {
      ...none,
      pods: [
        object('Pod', 'web-1', { status: { reason: 'Evicted', message: 'The node was low on resource: memory. ' } }),
      ],
    },
    'pod shop/web-1 was evicted (The node was low on resource: memory.)',
  ],
  [
    {
      ...none,
      events: [
        object('Event', 'e', {
          reason: 'SystemOOM',
          message: 'System OOM encountered, victim process: envoy',
          involvedObject: { name: 'one' },
        }),
      ],
    },
    'node one ran out of memory (System OOM encountered, victim process: envoy)',
  ],
])('names what a node lacks', (facts, said) => {
  expect(nodeShortage(facts)).toBe(said);
});
