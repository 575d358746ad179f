import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { loggedGateways, sampleLogs } from '../../../src/rehearsal/sample/sample-logs.ts';
import { bundleOf } from '../../support/bundles.ts';

const ingress = { name: 'ingress', namespace: 'istio-gateways', port: 80 };
const egress = { name: 'egress', namespace: 'istio-egress', port: 8080 };

function partWith(...objects: KubernetesObject[]) {
  const part = bundleOf({ dev: [{ stage: 'config', objects }] }).clusters.dev;
  return part ? [part] : [];
}

function telemetry(namespace: string, spec: object): KubernetesObject {
  return { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: { name: 'own', namespace }, spec };
}

test('every proxy on the way of the sample logs the requests that fail', () => {
  const logs = sampleLogs({ loggedGateways: [ingress] });
  expect(logs.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
    'rehearsal-front/rehearsal',
    'rehearsal-back/rehearsal',
    'istio-gateways/rehearsal-ingress',
  ]);
  for (const { spec } of logs) {
    expect(spec).toMatchObject({
      accessLogging: [
        { providers: [{ name: 'envoy' }], filter: { expression: expect.stringContaining('response.flags') } },
      ],
    });
  }
  expect(logs[2]?.spec).toMatchObject({ selector: { matchLabels: { istio: 'ingress' } } });
});

test('a gateway for which the mesh has a Telemetry of its own keeps it', () => {
  const own = telemetry('istio-gateways', { selector: { matchLabels: { istio: 'ingress' } } });
  expect(loggedGateways([ingress, egress, undefined], partWith(own))).toEqual([egress]);
});

test('what a whole namespace or mesh logs does not stand in the way', () => {
  const whole = telemetry('istio-gateways', { accessLogging: [{ disabled: true }] });
  expect(loggedGateways([ingress, undefined], partWith(whole))).toEqual([ingress]);
});
