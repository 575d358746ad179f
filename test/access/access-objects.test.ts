import { describe, expect, test } from 'vitest';
import { defaultAccounts } from '../../src/access/access-accounts.ts';
import { accessObjects } from '../../src/access/access-objects.ts';
import { printAccess } from '../../src/access/print-access.ts';
import { parseYaml } from '../../src/mesh/yaml.ts';
import { bare, facts } from '../support/access-facts.ts';

const objectsOf = (given = facts(), accounts = defaultAccounts) => accessObjects(given, accounts);
const titles = (given = facts(), accounts = defaultAccounts) =>
  objectsOf(given, accounts).map(({ object: { kind, metadata } }) =>
    [kind, [metadata.namespace, metadata.name].filter(Boolean).join('/')].join(' '),
  );

describe('what access prints', () => {
  test('comes in an order in which it can be applied, the policy before the account has a right', () => {
    expect(titles().slice(0, 8)).toEqual([
      'Namespace istio-delivery',
      'Namespace istio-system',
      'ValidatingAdmissionPolicy istio-delivery-look-dry-run',
      'ValidatingAdmissionPolicyBinding istio-delivery-look-dry-run',
      'ServiceAccount istio-delivery/istio-delivery-look',
      'ServiceAccount istio-delivery/istio-delivery-deliver',
      'ClusterRole istio-delivery-look',
      'ClusterRoleBinding istio-delivery-look',
    ]);
  });

  test('makes no namespace that the bundle does not bring', () => {
    expect(titles()).not.toContain('Namespace istio-gateways');
    expect(titles()).toContain('Role istio-gateways/istio-delivery-look');
  });

  test('has the names that were given', () => {
    const given = { namespace: 'ci', names: { look: 'reader', deliver: 'writer' } };
    const text = printAccess(objectsOf(facts(), given));
    expect(text).toContain("request.userInfo.username == 'system:serviceaccount:ci:reader'");
    expect(text).not.toContain('istio-delivery-look');
    expect(titles(facts(), given)).toContain('Role istio-system/writer');
  });

  test('is the same text whatever the order of the objects of the bundle', () => {
    const text = printAccess(objectsOf());
    const { objects } = facts();
    expect(printAccess(objectsOf(facts({ objects: [...objects].reverse() })))).toBe(text);
  });

  test('is YAML of the very objects, every rule of a role under its reason', () => {
    const text = printAccess(objectsOf());
    expect(parseYaml(text, 'access.yaml')).toEqual(objectsOf().map(({ object }) => object));
    expect(text).toContain(
      [
        '# istioctl proxy-status shows istiod a token',
        "- apiGroups: ['']",
        '  resources: [serviceaccounts/token]',
        '  resourceNames: [default]',
        '  verbs: [create]',
      ].join('\n'),
    );
    for (const { object, reasons } of objectsOf()) {
      const { rules } = object as { rules?: unknown[] };
      expect(reasons?.length).toBe(rules?.length);
    }
  });

  test('gives the look account nothing of policies, which no policy can keep it from writing', () => {
    const policy = bare('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'stable');
    const given = facts({ objects: [...facts().objects, policy] });
    const rolesOf = (name: string) =>
      objectsOf(given).filter(({ object }) => object.kind === 'ClusterRole' && object.metadata.name === name);
    expect(JSON.stringify(rolesOf('istio-delivery-look'))).not.toContain('validatingadmissionpolicies');
    expect(JSON.stringify(rolesOf('istio-delivery-deliver'))).toContain('validatingadmissionpolicies');
  });
});
