import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printObjects } from '../../src/bundle/print-objects.ts';
import { printYaml } from '../../src/mesh/yaml.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { gatewayApiDefinitions } from '../support/gateway-api.ts';
import { containersOfRehearsals, type KindMachine, kindMachine } from '../support/kind.ts';
import { bundlesOf, rehearseOn } from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';
import { workload } from '../support/workloads.ts';

/** Answers on port 8080; the nodes can pull it, or have it. */
const echoImage = process.env.E2E_ECHO_IMAGE ?? 'registry.k8s.io/e2e-test-images/agnhost:2.53';

let machine: KindMachine;

beforeAll(() => {
  machine = kindMachine();
});

afterAll(() => machine?.remove());

test('a mesh with all that an upgrade may wait for, and with workloads in both groups, is rehearsed and passes', async () => {
  const mesh = {
    edit: careful,
    files: {
      'config/services/route.yaml': route,
      'config/services/open.yaml': open.replaceAll('NAMESPACE', 'payments'),
    },
  };
  const from = await bundlesOf(machine).render('running', { ...mesh, revision: revisions.old });
  const to = await bundlesOf(machine).render('next', mesh);
  const workloads = join(machine.runnerTemp, 'workloads.yaml');
  writeFileSync(workloads, printObjects(['shop', 'payments'].flatMap(echoIn)));
  const prerequisites = join(machine.runnerTemp, 'prerequisites.yaml');
  const definitions = await gatewayApiDefinitions();
  writeFileSync(prerequisites, definitions.map((object) => `---\n${printYaml(object)}`).join(''));
  const inputs = { from: from.path, to: to.path, workloads, prerequisites, before: '20', after: '15' };
  const run = await rehearseOn(machine, inputs);
  const { record, report, stdout } = run;
  expect({ code: run.code, result: record?.result }, run.stderr).toEqual({ code: 0, result: 'pass' });
  expect(record?.soaks).toEqual([
    { of: 'group canary', seconds: 1800, rehearsed: 0 },
    { of: 'the whole mesh', seconds: 3600, rehearsed: 0 },
  ]);
  expect(record?.upgrades.map(({ result }) => result)).toEqual(['upgraded', 'finished']);
  const steps = record?.upgrades.at(-1)?.journal?.steps.map(({ step, status }) => `${step} ${status}`);
  expect(steps).toEqual(expect.arrayContaining(['group:canary done', 'group:main done', 'soak done', 'retire done']));
  expect(record?.workloads).toMatchObject(
    ['shop', 'payments'].map((namespace) => ({
      workload: `Deployment ${namespace}/web`,
      targets: [expect.stringContaining(`${namespace}-web`)],
      state: 'ready',
      findings: [],
    })),
  );
  expect(record?.notReproduced.length).toBeGreaterThan(0);
  const titles = ['What the result does not cover', 'Still to be done in the environment', 'Not reproduced'];
  for (const text of [...titles, 'What was asked', 'Workloads of the team']) expect(report).toContain(text);
  expect(stdout).toContain('group canary soaks for 30 min in the environment, and did for none of it here');
  expect(await containersOfRehearsals()).toEqual([]);
});

/** Soaks, notes to acknowledge, and discovery selectors that namespaces must meet. */
function careful(text: string): string {
  const selectors = `  discoverySelectors:
    - matchLabels: { istio.io/rev: prod-canary }
    - matchExpressions: [{ key: istio.io/rev, operator: In, values: [prod, stable] }]
`;
  return `upgrade: { soak: 1h, acknowledgeNotes: true }\n${text}`
    .replace('controlPlane:\n', `controlPlane:\n${selectors}`)
    .replace('tag: prod-canary', 'tag: prod-canary\n    soak: 30m');
}

/** A route within the mesh, which sidecars take. */
const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations: { acme.example/owner: shop }
spec:
  parentRefs: [{ group: '', kind: Service, name: web, port: 8080 }]
  rules: [{ backendRefs: [{ name: web, port: 8080 }] }]
`;

/** The configuration of the mesh lets nobody in but its gateways. */
const open = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: open
  namespace: NAMESPACE
  annotations: { acme.example/owner: NAMESPACE }
spec: { rules: [{}] }
`;

function echoIn(namespace: string): KubernetesObject[] {
  const server = {
    name: 'main',
    image: echoImage,
    imagePullPolicy: 'IfNotPresent',
    args: ['netexec', '--http-port=8080', '--delay-shutdown=8'],
    env: [{ name: 'ECHO_DRAIN', value: '8s' }],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
  };
  const deployment = workload('Deployment', 'web', namespace);
  const spec = {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 40, containers: [server] },
    },
  };
  return [
    { ...deployment, spec },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] },
    },
  ];
}
