import { describe, expect, test } from 'vitest';
import { isIstioWebhook } from '../../src/plan/istio-in-cluster.ts';
import { object, webhook } from '../support/mesh-facts.ts';

const kind = 'MutatingWebhookConfiguration';
const named = (...names: string[]) =>
  object('admissionregistration.k8s.io/v1', kind, 'hooks', {
    labels: { 'istio.io/rev': '1-31-0' },
    webhooks: names.map((name) => ({ name })),
  });

describe('isIstioWebhook', () => {
  test.each([
    ['an injector', webhook('istio-sidecar-injector'), true],
    ['a validator', named('validation.istio.io'), true],
    ['a configuration with one of Istio among others', named('policy.example.com', 'rev.validation.istio.io'), true],
    ["somebody's with a label of Istio", named('policy.example.com'), false],
    ["somebody's with a name that is only like Istio's", named('hooks.notistio.io'), false],
    ['a configuration without webhooks', named(), false],
  ])('knows %s', (_name, configuration, isIstios) => {
    expect(isIstioWebhook(configuration)).toBe(isIstios);
  });
});
