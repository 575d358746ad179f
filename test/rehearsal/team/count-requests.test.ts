import { expect, test } from 'vitest';
import { countRequests } from '../../../src/rehearsal/team/count-requests.ts';
import { service } from '../../support/team-manifests.ts';
import { workload } from '../../support/workloads.ts';

const annotation = 'sidecar.istio.io/statsInclusionRegexps';
const counters = 'cluster\\.outbound.*upstream_rq_[1-5]xx';

test("has the sidecars of the team's workloads count what they send, and says so", () => {
  const { value, changes } = countRequests([workload('Deployment', 'cart', 'shop'), service('cart', 'shop', [])]);
  expect(value[0]).toMatchObject({ spec: { template: { metadata: { annotations: { [annotation]: counters } } } } });
  expect(value[1]).toEqual(service('cart', 'shop', []));
  expect(changes).toEqual([
    {
      object: 'Deployment shop/cart',
      field: `.spec.template.metadata.annotations["${annotation}"]`,
      reason: 'its sidecar counts the requests that the workload sends',
    },
  ]);
});

test('keeps the statistics and annotations that a workload has', () => {
  const annotations = { [annotation]: 'http.*', other: 'x' };
  const { value } = countRequests([workload('StatefulSet', 'cart', 'shop', { annotations })]);
  expect(value[0]).toMatchObject({
    spec: { template: { metadata: { annotations: { [annotation]: `http.*,${counters}`, other: 'x' } } } },
  });
});
