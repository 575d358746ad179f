import { describe, expect, test } from 'vitest';
import { agrees } from '../../src/plan/owned-fields.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { applied, deployment } from '../support/objects.ts';

const fields = {
  'f:metadata': { 'f:labels': { 'f:app': {} } },
  'f:spec': {
    'f:replicas': {},
    'f:template': {
      'f:spec': {
        'f:containers': { 'k:{"name":"discovery"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:args': {} } },
      },
    },
  },
};

function form(image = 'pilot:1'): KubernetesObject {
  return deployment({
    metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'discovery', image, args: ['a', 'b'] }] } } },
  });
}

function live(fieldsV1: Record<string, unknown> = fields, manager = 'istio-delivery'): KubernetesObject {
  return deployment({
    metadata: {
      name: 'istiod',
      namespace: 'istio-system',
      uid: 'u',
      resourceVersion: '7',
      labels: { app: 'istiod', other: 'label' },
      managedFields: [applied(fieldsV1, { manager })],
    },
    spec: {
      replicas: 2,
      revisionHistoryLimit: 10,
      template: {
        spec: {
          containers: [{ name: 'sidecar' }, { name: 'discovery', image: 'pilot:1', args: ['a', 'b'], tty: false }],
        },
      },
    },
    status: { replicas: 2 },
  });
}

describe('agrees', () => {
  test('holds when exactly the applied fields are there, whatever others added', () => {
    expect(agrees(form(), live(), 'istio-delivery')).toBe(true);
  });

  test('fails when a value differs', () => {
    expect(agrees(form('pilot:2'), live(), 'istio-delivery')).toBe(false);
  });

  test('fails when another manager applied the fields', () => {
    expect(agrees(form(), live(fields, 'kubectl'), 'istio-delivery')).toBe(false);
  });

  test('fails when a field that is wanted is not owned', () => {
    const { 'f:metadata': _metadata, ...rest } = fields;
    expect(agrees(form(), live(rest), 'istio-delivery')).toBe(false);
  });

  test('fails when a field is owned that is no longer wanted', () => {
    const wanted = form();
    expect(
      agrees({ ...wanted, metadata: { name: 'istiod', namespace: 'istio-system' } }, live(), 'istio-delivery'),
    ).toBe(false);
  });

  test('fails when the fields were applied in another version of the type', () => {
    const object = live();
    object.metadata.managedFields = [applied(fields, { apiVersion: 'apps/v1beta1' })];
    expect(agrees(form(), object, 'istio-delivery')).toBe(false);
  });
});
