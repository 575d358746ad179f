import { expect, test } from 'vitest';
import type { ClusterBundle } from '../../src/bundle/bundle.ts';
import { missingNamespaces } from '../../src/rehearsal/missing-namespaces.ts';

test('brings the namespaces that their owners have made in the real cluster, with the tag of their group', () => {
  const object = (kind: string, name: string, namespace?: string) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const bundle: ClusterBundle = {
    cluster: 'production',
    digest: 'sha256:0',
    stages: [
      { stage: 'namespaces', objects: [object('Namespace', 'istio-system')] },
      {
        stage: 'config',
        objects: [object('Telemetry', 'mesh', 'istio-system'), object('DestinationRule', 'shop', 'shop')],
      },
    ],
  };
  const groups = [
    { name: 'main', namespaces: ['shop', 'quiet'], tag: 'prod', label: 'owner', batch: 1, soak: 0 } as const,
  ];
  const workloads = [object('Deployment', 'db', 'legacy'), object('Deployment', 'x', 'default')];
  const policy = {
    groups: [...groups].map((group) => ({ ...group, namespaces: [...group.namespaces] })),
    soak: 0,
    acknowledgeNotes: false,
    waivers: [],
  };
  const selecting = {
    ...object('ConfigMap', 'istio', 'istio-system'),
    data: { mesh: 'discoverySelectors: [{ matchLabels: { mesh: "yes" } }]' },
  };
  const seen = { ...bundle, stages: [...bundle.stages, { stage: 'revision' as const, objects: [selecting] }] };
  expect(missingNamespaces([seen], workloads, policy).map(({ metadata }) => metadata.labels)).toEqual([
    undefined,
    { 'istio.io/rev': 'prod', mesh: 'yes' },
  ]);
  expect(missingNamespaces([bundle], workloads, policy).map(({ metadata }) => metadata)).toEqual([
    { name: 'legacy' },
    { name: 'shop', labels: { 'istio.io/rev': 'prod' } },
  ]);
});
