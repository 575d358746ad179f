import type { SampleOptions } from '../../src/rehearsal/sample/sample-options.ts';

const gateways = {
  ingress: { name: 'ingress', namespace: 'istio-gateways', port: 80 },
  egress: { name: 'egress', namespace: 'istio-gateways', port: 8080 },
};

/** A sample in a mesh with these gateways. */
export function sampleOptions(
  some: Partial<SampleOptions> = {},
  present: ('ingress' | 'egress')[] = ['ingress', 'egress'],
): SampleOptions {
  return {
    image: 'istio-delivery/sample:1',
    pullPolicy: 'IfNotPresent',
    labels: { front: { 'istio.io/rev': 'canary' }, back: { 'istio.io/rev': 'prod' } },
    ...Object.fromEntries(present.map((each) => [each, gateways[each]])),
    rate: 5,
    ...some,
  };
}
