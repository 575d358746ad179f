import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { defaultProbePolicy } from '../../src/mesh/mesh.ts';
import { containersOfRehearsals, type KindMachine, kindMachine } from '../support/kind.ts';
import { bundlesOf, type RehearsalRun, rehearseOn } from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';

/** Answers HTTP on port 8080: the arguments are those of agnhost, the environment that of a server that has no use for them. */
const echoImage = process.env.E2E_ECHO_IMAGE ?? 'registry.k8s.io/e2e-test-images/agnhost:2.53';

/** Holds a shell and curl or wget. */
const loadImage = process.env.E2E_LOAD_IMAGE ?? defaultProbePolicy().load.image;

let machine: KindMachine;

beforeAll(() => {
  machine = kindMachine();
});

afterAll(() => machine?.remove());

/** Takes a mesh from one revision to the next with these workloads beside the sample. */
async function rehearseWith(
  name: string,
  workloads: string,
  mesh: { edit?: (text: string) => string; files?: Record<string, string> } = {},
): Promise<RehearsalRun> {
  const bundles = bundlesOf(machine);
  const from = await bundles.render(`${name}-running`, { revision: revisions.old, ...mesh });
  const to = await bundles.render(`${name}-next`, mesh);
  const file = join(machine.runnerTemp, `${name}.yaml`);
  writeFileSync(file, workloads);
  return rehearseOn(machine, { from: from.path, to: to.path, workloads: file, before: '15', after: '10' });
}

function askedOf({ record }: RehearsalRun): string[] {
  return (record?.asked ?? []).filter(({ of }) => of !== 'sample').map(({ target }) => target);
}

function requestsTo({ record }: RehearsalRun, target: string): { requests: number; failed: number } {
  const all = (record?.probe?.phases ?? []).flatMap(({ targets }) => targets).filter((each) => each.target === target);
  const sum = (field: 'requests' | 'failed') => all.reduce((total, each) => total + each[field], 0);
  return { requests: sum('requests'), failed: sum('failed') };
}

const service = 'shop-storefront-http';
const route = 'shop-acme-example';

describe("a rehearsal with the team's workloads", () => {
  afterEach(async () => expect(await containersOfRehearsals()).toEqual([]));

  test('asks their Services and routes, watches their pods, and says what it did not ask', async () => {
    const run = await rehearseWith('team', server() + client, { edit: (text) => `${probe}${text}` });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 0, result: 'pass' });
    expect(askedOf(run)).toEqual(['storefront', service, route]);
    for (const target of [service, route]) {
      expect(requestsTo(run, target)).toEqual({ requests: expect.any(Number), failed: 0 });
      expect(requestsTo(run, target).requests).toBeGreaterThan(200);
    }
    const well = { state: 'ready', restarts: 0, away: 0, findings: [] };
    expect(run.record?.workloads).toMatchObject([
      { workload: 'Deployment shop/storefront', targets: [service, route], ...well },
      { workload: 'Deployment payments/client', targets: [], ...well, requests: { failed: 0 } },
    ]);
    expect(run.record?.workloads[1]?.requests?.answered).toBeGreaterThan(50);
    const notAsked = run.record?.notAsked.map(({ what, why }) => `${what}: ${why}`) ?? [];
    expect(notAsked).toContain('Deployment payments/client: no Service or route that can be asked leads to it');
    expect(notAsked).toContainEqual(
      'target outside of the mesh file, http://shop.example/: no Service of the rehearsal has its host, shop.example',
    );
    for (const line of notAsked) expect(run.stdout).toContain(`not asked: ${line}`);
    expect(run.report).toContain('<h3>Not asked</h3>');
  });

  test('fails where a server loses requests when it is restarted, and names it with what it lost', async () => {
    const run = await rehearseWith('lossy', server({ recreate: true }) + client, {
      edit: (text) => `${waiver}${text}`,
    });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 1, result: 'fail' });
    const reasons = run.record?.reasons.join('\n') ?? '';
    expect(reasons).toMatch(
      /^Service shop\/storefront port http of Deployment shop\/storefront \(shop-storefront-http\): \d+ of \d+ requests failed in phase upgrade, the first at \S+ with: /m,
    );
    expect(reasons).toMatch(/^Deployment shop\/storefront had no ready pod for [\d.]+ s during the change, from /m);
    expect(reasons).toMatch(
      /^Deployment payments\/client lost \d+ of \d+ requests of its own to storefront\.shop\.svc\.cluster\.local:8080 during the change, /m,
    );
    expect(run.stderr).toContain(service);
    expect(run.record?.probe?.failures.map(({ target }) => target)).toContain(service);
  });

  test('asks them where the mesh takes no client without a certificate', async () => {
    const run = await rehearseWith('strict-team', server(), { files: { 'config/root/strict.yaml': strict } });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 0, result: 'pass' });
    expect(askedOf(run)).toEqual([service, route]);
    expect(run.record?.asked.map(({ target }) => target)).not.toContain('plain');
    expect(requestsTo(run, service)).toMatchObject({ failed: 0 });
  });
});

function server({ recreate = false }: { recreate?: boolean } = {}): string {
  const drain = recreate ? 0 : 8;
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: storefront, namespace: shop }
spec:
  replicas: ${recreate ? 1 : 2}
  selector: { matchLabels: { app: storefront } }
  strategy: ${recreate ? '{ type: Recreate }' : '{ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }'}
  template:
    metadata:
      labels: { app: storefront }
      annotations: { proxy.istio.io/config: '{ holdApplicationUntilProxyStarts: true }' }
    spec:
      terminationGracePeriodSeconds: 40
      containers:
        - name: storefront
          image: '${echoImage}'
          imagePullPolicy: IfNotPresent
          args: [netexec, --http-port=8080, --delay-shutdown=${drain}]
          env: [{ name: ECHO_DRAIN, value: ${drain}s }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: storefront, namespace: shop }
spec:
  selector: { app: storefront }
  ports: [{ name: http, port: 8080, targetPort: http }]
`;
}

/** Calls the server, and nobody calls it. */
const client = `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: client, namespace: payments }
spec:
  selector: { matchLabels: { app: client } }
  template:
    metadata: { labels: { app: client } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: client
          image: '${loadImage}'
          imagePullPolicy: IfNotPresent
          command:
            - sh
            - -c
            - 'while sleep 0.2; do curl -sf http://storefront.shop:8080/ || wget -qO- http://storefront.shop:8080/; done >/dev/null 2>&1'
`;

const probe = `
probe:
  targets:
    - { name: storefront, url: 'http://ingress.istio-gateways/', headers: { Host: shop.acme.example }, rate: 5 }
    - { name: outside, url: 'http://shop.example/', rate: 5 }
`;

const waiver = `
upgrade:
  waivers:
    - { check: recreate, object: Deployment shop/storefront, reason: it has one pod at a time }
`;

const strict = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: istio-config }
spec: { mtls: { mode: STRICT } }
`;
