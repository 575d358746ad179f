import { describe, expect, test } from 'vitest';
import { containerEnvironment, expand, referencedObjects } from '../../src/local/container-environment.ts';
import type { Container } from '../../src/local/pod.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { makePod } from '../support/pods.ts';

const machine = { cpus: 2, memoryBytes: 4 * 2 ** 30 };

function environmentOf(container: Partial<Container>, objects: KubernetesObject[] = []) {
  const whole = { name: 'discovery', ...container };
  return containerEnvironment(makePod({ containers: [whole] }), whole, {
    machine,
    find: (kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name),
  });
}

function object(kind: string, name: string, data: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, data };
}

describe('containerEnvironment', () => {
  test.each([
    ['metadata.name', 'web-1'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'uid-web-1'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['missing']", ''],
    ['spec.nodeName', 'node-0'],
    ['spec.serviceAccountName', 'web'],
    ['status.podIP', '10.244.0.7'],
    ['status.podIPs', '10.244.0.7'],
    ['status.hostIP', '172.18.0.2'],
  ])('reads the field %s from the pod', (fieldPath, value) => {
    expect(environmentOf({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] })).toEqual({
      variables: { X: value },
      unresolved: [],
    });
  });

  test.each([
    ['limits.cpu', '1', { limits: { cpu: '1500m' } }, '2'],
    ['limits.cpu', '1m', { limits: { cpu: '1500m' } }, '1500'],
    ['limits.cpu', '1', {}, '2'],
    ['limits.memory', '0', { limits: { memory: '2Gi' } }, String(2 ** 31)],
    ['limits.memory', '1Mi', {}, '4096'],
    ['requests.memory', '1Mi', { requests: { memory: '1G' } }, '954'],
    ['requests.cpu', '1', {}, '0'],
  ])('counts %s in %s', (resource, divisor, resources, value) => {
    const env = [{ name: 'X', valueFrom: { resourceFieldRef: { resource, divisor } } }];
    expect(environmentOf({ env, resources }).variables).toEqual({ X: value });
  });

  test('reads keys and whole objects of ConfigMaps and Secrets', () => {
    const objects = [
      object('ConfigMap', 'plain', { A: '1', B: '2' }),
      object('Secret', 'hidden', { token: Buffer.from('s3cret').toString('base64') }),
    ];
    const environment = environmentOf(
      {
        envFrom: [{ prefix: 'P_', configMapRef: { name: 'plain' } }],
        env: [
          { name: 'ONE', valueFrom: { configMapKeyRef: { name: 'plain', key: 'A' } } },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'hidden', key: 'token' } } },
          { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'gone', key: 'A', optional: true } } },
        ],
      },
      objects,
    );
    expect(environment).toEqual({ variables: { P_A: '1', P_B: '2', ONE: '1', TOKEN: 's3cret' }, unresolved: [] });
  });

  test('lets a later value use the ones before it', () => {
    const env = [
      { name: 'A', value: 'one' },
      { name: 'B', value: '$(A)-$(C)-$$(A)' },
    ];
    expect(environmentOf({ env }).variables).toEqual({ A: 'one', B: 'one-$(C)-$(A)' });
  });

  test('says what a kubelet could not set, and why', () => {
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'gone', key: 'a' } } },
      { name: 'B', valueFrom: { fieldRef: { fieldPath: 'spec.colour' } } },
    ];
    const { unresolved } = environmentOf({ env, envFrom: [{ secretRef: { name: 'lost' } }] });
    expect(unresolved).toEqual([
      'envFrom lost: it does not exist',
      'A: ConfigMap gone has no key "a"',
      'B: the field spec.colour is not one that Kubernetes hands out',
    ]);
  });
});

test('names every object that the environment is read from, once', () => {
  const container: Container = {
    name: 'discovery',
    envFrom: [{ configMapRef: { name: 'plain' } }],
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'plain', key: 'A' } } },
      { name: 'T', valueFrom: { secretKeyRef: { name: 'hidden', key: 't' } } },
    ],
  };
  expect(referencedObjects(makePod(), container)).toEqual([
    { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'plain' },
    { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'hidden' },
  ]);
});

test('expands arguments as Kubernetes does', () => {
  expect(expand('$(POD_NAMESPACE).svc.$(NOT_SET)', { POD_NAMESPACE: 'shop' })).toBe('shop.svc.$(NOT_SET)');
});
