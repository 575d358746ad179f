import { describe, expect, test } from 'vitest';
import type { AccessCommand } from '../../src/access/access-rule.ts';
import { accessRules } from '../../src/access/access-rules.ts';
import { type Grant, isPathGrant } from '../../src/access/grant.ts';
import { grantsOf } from '../../src/access/grants-of.ts';
import { defaultProbePolicy } from '../../src/mesh/mesh.ts';
import { supportOf } from '../../src/plan/istio-support.ts';
import { bare, facts } from '../support/access-facts.ts';

/** `get,list deployments.apps in shop`. */
function lines(grants: readonly Grant[]): string[] {
  return grants.map((grant) => {
    if (isPathGrant(grant)) return `${grant.verbs} ${grant.path}`;
    const { verbs, apiGroup, resource, names, namespace } = grant;
    const place = namespace === undefined ? '' : ` in ${namespace}`;
    return `${verbs} ${resource}${apiGroup && `.${apiGroup}`}${names ? ` (${names})` : ''}${place}`;
  });
}

const of = (commands: AccessCommand[], given = facts()) => lines(grantsOf(given, commands));

describe('the rights of commands', () => {
  test('to write its objects are one for each type and namespace of the bundle', () => {
    expect(of(['plan'])).toEqual(
      expect.arrayContaining([
        'create,patch deployments.apps in istio-system',
        'create,patch gateways.networking.istio.io in istio-gateways',
        'create,patch clusterroles.rbac.authorization.k8s.io',
      ]),
    );
  });

  test('to give rights name the roles', () => {
    const given = facts({
      objects: [
        ...facts().objects,
        { ...bare('rbac.authorization.k8s.io/v1', 'RoleBinding', 'a', 'web'), roleRef: { kind: 'Role', name: 'r' } },
      ],
    });
    const escalations = of(['promote'], given).filter((line) => /^(escalate|bind)/.test(line));
    expect(escalations).toEqual([
      'escalate clusterroles.rbac.authorization.k8s.io (istiod)',
      'bind clusterroles.rbac.authorization.k8s.io (istiod)',
      'bind roles.rbac.authorization.k8s.io (r) in web',
    ]);
  });

  test('cover what was promoted before: it is read, and deleted', () => {
    const before = [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'late', name: 'late' }];
    const added = (command: AccessCommand) =>
      of([command], facts({ before })).filter((line) => line.endsWith('in late'));
    expect(added('plan')).toEqual(['get configmaps in late']);
    expect(added('promote')).toEqual(['get configmaps in late', 'delete configmaps in late']);
  });

  test('never delete a definition, a namespace or a Secret', () => {
    const objects = [...facts().objects, bare('v1', 'Secret', 'ca', 'istio-system')];
    const deleted = of(['promote', 'upgrade'], facts({ objects })).filter((line) => line.startsWith('delete'));
    expect(deleted.filter((line) => /secrets|namespaces|customresource/.test(line))).toEqual([]);
  });

  test('to look at health are those of a promotion only where waves or the probe ask for it', () => {
    const forward = 'create pods/portforward in istio-system';
    expect(of(['promote'])).not.toContain(forward);
    expect(of(['promote'], facts({ waves: 2 }))).toContain(forward);
    expect(of(['status'])).toContain(forward);
  });

  test('follow the probe: its namespace, its checks, and Prometheus behind the API server', () => {
    const probe = defaultProbePolicy();
    const load = { ...probe.load, namespace: 'load' };
    const prometheus = { url: 'service://monitoring/prometheus:9090/prom', queries: [] };
    expect(of(['promote'])).not.toContain('get pods/log in load');
    expect(of(['promote'], facts({ probe: { ...probe, load, checks: ['certificates'], prometheus } }))).toEqual(
      expect.arrayContaining([
        'list,create,delete jobs.batch in load',
        'get pods/log in load',
        'create pods/portforward',
        'get services/proxy (prometheus:9090) in monitoring',
      ]),
    );
  });

  test('of an upgrade are narrowed to the namespaces of its groups', () => {
    const upgrade = of(['upgrade']);
    expect(upgrade).toContain('update namespaces (shop)');
    expect(upgrade).toContain('patch,watch deployments.apps in shop');
    expect(upgrade.filter((line) => /^(create|patch|update|delete).* (pods|deployments\.apps)$/.test(line))).toEqual(
      [],
    );
    expect(of(['upgrade'], facts({ groups: [] })).join()).not.toContain('update namespaces');
  });

  test('of an upgrade are for every namespace where any may carry a tag', () => {
    const upgrade = of(['upgrade'], facts({ groups: 'every' }));
    expect(upgrade).toEqual(expect.arrayContaining(['update namespaces', 'patch,watch deployments.apps']));
    expect(upgrade.join()).not.toContain('in shop');
  });

  test('never sign in the name of the cluster, nor read a Secret, to look', () => {
    const look = of(['plan', 'gate', 'status']);
    expect(look.filter((line) => line.includes('secrets') || line.includes('istio-delivery-state'))).toEqual([]);
    expect(look).toContain('create serviceaccounts/token (default) in istio-system');
    expect(look.filter((line) => /^(\w+,)*(update|delete)/.test(line))).toEqual([]);
  });

  test('cover every type of the Gateway API that an Istio has bounds for', () => {
    const rule = accessRules.find(({ on }) => 'apiGroup' in on && on.apiGroup === 'gateway.networking.k8s.io');
    const covered = rule && 'resources' in rule.on ? rule.on.resources : [];
    const bounds = ['1.29.0', '1.30.0', '1.31.0'].flatMap((version) => supportOf(version)?.gatewayApi ?? []);
    const resources = bounds.map(({ definition }) => definition.split('.')[0] ?? '');
    expect(covered).toEqual(expect.arrayContaining(resources));
  });
});
