import { describe, expect, test } from 'vitest';
import { applyForm } from '../../src/bundle/apply-form.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { inWebhook, live, ours, webhooks } from '../support/live-objects.ts';

const own = { key: 'istio.io/rev', operator: 'In', values: ['1-31-0'] };
const other = { key: 'team', operator: 'Exists' };
const aks = [
  { key: 'control-plane', operator: 'DoesNotExist' },
  { key: 'control-plane', operator: 'NotIn', values: ['true'] },
  { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] },
];
const gke = {
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values: ['kube-system', 'gke-gmp-system', 'gke-managed-cim'],
};

function hook(namespaceSelector?: object, objectSelector?: object): KubernetesObject {
  return webhooks('Mutating', {
    ...(namespaceSelector ? { namespaceSelector } : {}),
    ...(objectSelector ? { objectSelector } : {}),
  });
}

const selects = (...matchExpressions: object[]) => ({ matchExpressions });
const enforcer = { manager: 'admissionsenforcer', fieldsV1: inWebhook({ 'f:namespaceSelector': {} }) };
const unowned = ours(inWebhook({ '.': {}, 'f:name': {} }));
const owned = ours(inWebhook({ '.': {}, 'f:name': {}, 'f:namespaceSelector': {} }));

function formOf(object: KubernetesObject, found: KubernetesObject) {
  return applyForm({ object, stage: 'revision', scaled: false }, found, 'istio-delivery');
}

describe('the selector of a webhook that a cloud has added to', () => {
  test.each([
    ['in whatever order', selects(...aks, own)],
    ['some of them', selects(own, ...aks.slice(0, 2))],
  ])('is left as it is where it is ours and what is known, %s', (_name, found) => {
    const { form, left, shared } = formOf(hook(selects(own)), live(hook(found), unowned, enforcer));
    expect(form).toEqual(hook());
    expect(shared).toMatchObject([{ sent: false }]);
    expect(left).toContainEqual({
      path: '.webhooks[*].namespaceSelector',
      owner: 'admissionsenforcer',
      reason: expect.stringContaining('the label admissions.enforcer/disabled: "true"'),
    });
  });

  test('keeps its live value where it is still ours', () => {
    const found = live(hook(selects(gke, own)), owned);
    expect(formOf(hook(selects(own)), found).form).toEqual(hook(selects(gke, own)));
  });

  test('is applied in union with what is known where ours has changed', () => {
    const found = live(hook(selects(own, ...aks)), unowned, enforcer);
    const { form, shared } = formOf(hook(selects(own, other)), found);
    expect(form).toEqual(hook(selects(own, other, ...aks)));
    expect(shared).toMatchObject([
      {
        field: '.webhooks[name="a.istio.io"].namespaceSelector',
        sent: true,
        parts: [{ field: { owners: ['admissionsenforcer'] } }],
      },
    ]);
  });

  test('is ours in union with what is known where somebody has added something else', () => {
    const found = live(hook(selects(own, other, ...aks)), unowned, enforcer);
    expect(formOf(hook(selects(own)), found).form).toEqual(hook(selects(own, ...aks)));
  });

  test('of objects is treated the same', () => {
    const found = live(hook(selects(own), selects(own, aks[2] ?? {})), unowned, enforcer);
    const { form } = formOf(hook(selects(own), selects(own)), found);
    expect(form).toEqual(hook(selects(own)));
  });

  test('keeps its labels', () => {
    const labels = { matchLabels: { a: 'b' } };
    const found = live(hook({ ...labels, ...selects(...aks) }), unowned, enforcer);
    expect(formOf(hook(labels), found).form).toEqual(hook());
    expect(formOf(hook({ matchLabels: { a: 'c' } }), found).form).toEqual(
      hook({ matchLabels: { a: 'c' }, ...selects(...aks) }),
    );
  });

  test.each([
    ['nothing', selects(own)],
    ['something unknown', selects(own, other)],
    ['another value', selects(own, { key: 'control-plane', operator: 'NotIn', values: ['false'] })],
    ["a namespace that is no cloud's", selects(own, { ...gke, values: ['kube-system', 'shop'] })],
  ])('is as rendered where somebody has added %s', (_name, found) => {
    const { form, left, shared } = formOf(hook(selects(own)), live(hook(found), unowned, enforcer));
    expect(form).toEqual(hook(selects(own)));
    expect(shared).toEqual([]);
    expect(left.map(({ path }) => path)).not.toContain('.webhooks[*].namespaceSelector');
  });

  test('is as rendered in a webhook that is new', () => {
    const [a, b] = ['a.istio.io', 'b.istio.io'].map((name) => ({ name, namespaceSelector: selects(own) }));
    const found = live(webhooks('Mutating', { ...a, namespaceSelector: selects(own, ...aks) }), unowned, enforcer);
    const { form } = formOf(webhooks('Mutating', a ?? {}, b ?? {}), found);
    expect(form.webhooks).toMatchObject([
      { name: 'a.istio.io' },
      { name: 'b.istio.io', namespaceSelector: selects(own) },
    ]);
  });
});
