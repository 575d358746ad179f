import { describe, expect, test } from 'vitest';
import { applyForm } from '../../src/bundle/apply-form.ts';
import { sharedTaking, withoutShared } from '../../src/plan/shared-values.ts';
import { live, ours, route, virtualService } from '../support/live-objects.ts';

const found = live(virtualService([route('/', { a: 80, b: 20 }), route('/old', { c: 1 })]), ours({ 'f:spec': {} }), {
  manager: 'rollouts-controller',
  fieldsV1: { 'f:spec': { 'f:http': {} } },
});
const rendered = virtualService([route('/new', { d: 7 }), route('/v2', { a: 100, b: 0 })]);
const { form, shared } = applyForm({ object: rendered, stage: 'config', scaled: false }, found, 'istio-delivery');

describe('a conflict about a value that is shared', () => {
  const conflict = { owner: 'rollouts-controller', field: '.spec.http' };

  test('is taken, with the reason', () => {
    expect(sharedTaking(conflict, shared)).toEqual({
      ...conflict,
      reason: 'it keeps .spec.http[*].route[*].weight: Argo Rollouts shifts traffic by it',
    });
  });

  test.each([
    ['somebody else', { ...conflict, owner: 'argocd-controller' }],
    ['another field', { ...conflict, field: '.spec.hosts' }],
  ])('is not taken from %s', (_name, other) => expect(sharedTaking(other, shared)).toBeUndefined());
});

test('what others own in it is no part of the change, but what comes and goes is', () => {
  const [before, after] = withoutShared(found, form, shared);
  const bare = (prefix: string) => ({
    match: [{ uri: { prefix } }],
    route: [{ destination: { host: 'a' } }, { destination: { host: 'b' } }],
  });
  expect(before.spec).toEqual({ hosts: ['cart'], http: [bare('/'), route('/old', { c: 1 })] });
  expect(after.spec).toEqual({ hosts: ['cart'], http: [route('/new', { d: 7 }), bare('/v2')] });
});
