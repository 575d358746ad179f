import { expect, test } from 'vitest';
import { type UnreadyFacts, unreadyReasons } from '../../src/local/cluster-readiness.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const object = (kind: string, name: string, ready?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  status: { conditions: ready ? [{ type: 'Ready', ...ready }] : [] },
});
const well: UnreadyFacts = {
  expectedNodes: 1,
  nodes: [object('Node', 'n', { status: 'True' })],
  dnsPods: [object('Pod', 'dns', { status: 'True' })],
  hasServiceAccount: true,
};

test.each<[string, Partial<UnreadyFacts>, string[]]>([
  ['all is well', {}, []],
  ['a node has not joined', { expectedNodes: 2 }, ['1 of 2 nodes have joined']],
  [
    'a node is not ready',
    { nodes: [object('Node', 'n', { status: 'False', reason: 'KubeletNotReady', message: 'cni not initialized' })] },
    ['Node n is not ready (KubeletNotReady: cni not initialized)'],
  ],
  ['a node says nothing', { nodes: [object('Node', 'n')] }, ['Node n is not ready']],
  ['there is no DNS', { dnsPods: [] }, ['there is no pod of the cluster DNS']],
  [
    'DNS is not ready',
    { dnsPods: [object('Pod', 'dns', { status: 'False', reason: 'ContainersNotReady' })] },
    ['Pod kube-system/dns is not ready (ContainersNotReady)'],
  ],
  ['pods are not admitted yet', { hasServiceAccount: false }, ['ServiceAccount default/default is not there']],
])('says so when %s', (_what, facts, reasons) => {
  expect(unreadyReasons({ ...well, ...facts })).toEqual(reasons);
});
