import { expect, test } from 'vitest';
import type { Environment } from '../../src/mesh/environment.ts';
import { refuseOtherCluster } from '../../src/plan/other-cluster.ts';
import { facts } from '../support/health-facts.ts';

const environments: Environment[] = ['dev', 'prod'].map((name) => ({
  name,
  after: [],
  clusters: [{ name, context: name }],
  waves: [[name]],
  gate: { approval: false, identity: 'optional', needs: [] },
}));

const { record } = facts();
const promotedAs = (cluster: string) => record && { ...record, cluster, environment: cluster };
const dev = { name: 'dev', context: 'somewhere' };

test('a context that leads to another cluster of the mesh is refused, with both named', () => {
  expect(() => refuseOtherCluster(dev, promotedAs('prod'), environments)).toThrow(
    'cluster dev is not the one that is meant: context "somewhere" leads to cluster prod of environment prod, as the record of its last promotion says; correct the context in the mesh file, or the kubeconfig',
  );
});

test.each([
  ['was promoted as this cluster', promotedAs('dev')],
  ['was renamed', promotedAs('development')],
  ['was never promoted', undefined],
])('a cluster that %s is taken for what it is', (_, known) => {
  expect(() => refuseOtherCluster(dev, known, environments)).not.toThrow();
});
