import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printObjects } from '../../src/bundle/print-objects.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { docker, type KindMachine, kindMachine } from '../support/kind.ts';
import { bundlesOf, type RehearsalRun, type RenderedBundle, rehearseOn } from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';
import { workload } from '../support/workloads.ts';

/** Answers on port 8080; the nodes can pull it, or have it. */
const echoImage = process.env.E2E_ECHO_IMAGE ?? 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const cluster = 'rehearsal-copies';
const host = 'secure.acme.example';

let machine: KindMachine;
/** The environment, whose namespaces carry what their owners have given them. */
let embedded: Embedded;
let next: RenderedBundle;

beforeAll(async () => {
  machine = kindMachine();
  embedded = await startEmbedded(['production']);
  const mesh = { edit: discovering, files: { 'config/gateways/secure.yaml': secure } };
  const running = await bundlesOf(machine).render('running', { ...mesh, revision: revisions.old });
  next = await bundlesOf(machine).render('next', mesh);
  const environment = embedded.cluster('production');
  for (const object of ofOwners) {
    expect(await environment.apply(object, { fieldManager: 'owners', dryRun: false, force: false })).toMatchObject({
      kind: 'applied',
    });
  }
  const words = ['--bundle', running.path, '--environment', 'production', '--record', join(embedded.home, 'r.json')];
  expect(await embedded.run('promote', ...words)).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await machine?.run('local', 'down', '--clusters', cluster);
  await embedded?.stop();
  await machine?.remove();
});

test('a rehearsal has the namespaces of the environment and certificates for its gateways, and says what it lacks', async () => {
  const workloads = join(machine.runnerTemp, 'workloads.yaml');
  writeFileSync(workloads, printObjects(['shop', 'payments', 'billing'].flatMap(echoIn)));
  const run = await rehearseOn(machine, {
    to: next.path,
    kubeconfig: embedded.accounts.kubeconfig('look'),
    workloads,
    before: '15',
    // How fast it is says nothing here: an environment runs on the same machine.
    noise: '500',
    after: '10',
    name: cluster,
    keep: 'true',
  });
  expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 0, result: 'pass' });
  const namespaces = new Map(run.record?.namespaces.map(({ name, ...rest }) => [name, rest]));
  expect(namespaces.get('billing')).toEqual({ labels: billing, from: 'environment' });
  expect(namespaces.get('istio-gateways')).toEqual({ labels: restricted, from: 'environment' });
  expect(namespaces.get('shop')).toEqual({ labels: { team: 'shop' }, from: 'environment' });
  const standIn = {
    namespace: 'istio-gateways',
    name: 'secure-tls',
    hosts: [host],
    for: ['Gateway istio-gateways/secure'],
  };
  expect(run.record?.standIns).toEqual([standIn]);
  const lacks = run.record?.notReproduced.map(({ what, why }) => `${what}: ${why}`).join('\n');
  expect(lacks).toContain('NetworkPolicies: the environment has 1 in istio-gateways that nothing brings along');
  expect(lacks).toContain('TLS Secrets: self-signed certificates stand in for istio-gateways/secure-tls');
  for (const text of [run.stdout, run.report]) expect(text).toContain('that nothing brings along');
  await expectTls(run);
});

/** A handshake through the gateway that is left, and an answer of the workload behind it. */
async function expectTls(run: RehearsalRun): Promise<void> {
  const kubeconfig = /KUBECONFIG=([^\s;]+)/.exec(run.stderr)?.[1] ?? '';
  const get = (...words: string[]) => machine.kubectl(kubeconfig, '-n', 'istio-gateways', 'get', ...words);
  const port = await get('service', 'ingress', '-o', 'jsonpath={.spec.ports[?(@.port==443)].nodePort}');
  const ca = await get('secret', 'secure-tls', '-o', 'jsonpath={.data.ca\\.crt}');
  const node = await docker(
    'inspect',
    `${cluster}-control-plane`,
    '--format',
    '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
  );
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { host: node, port: Number(port), servername: host, ca: Buffer.from(ca, 'base64') };
    const socket = connect(options, () => {
      expect(socket.authorized).toBe(true);
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
}

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** Outside every group: what makes it a part of the mesh is only known to the environment. */
const billing = {
  'istio.io/rev': 'prod',
  'acme.example/discovery': 'enabled',
  'pod-security.kubernetes.io/enforce': 'privileged',
};

function namespace(name: string, labels: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

const ofOwners: KubernetesObject[] = [
  namespace('billing', billing),
  namespace('istio-gateways', restricted),
  namespace('shop', { team: 'shop' }),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'ingress', namespace: 'istio-gateways' },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
  },
];

/** istiod sees the namespaces of groups by their names, and others by a label of the platform's. */
function discovering(text: string): string {
  const selectors = `  discoverySelectors:
    - matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [payments, shop] }]
    - matchExpressions: [{ key: acme.example/discovery, operator: In, values: [enabled] }]
`;
  return text.replace('controlPlane:\n', `controlPlane:\n${selectors}`);
}

function echoIn(namespace: string): KubernetesObject[] {
  const server = {
    name: 'main',
    image: echoImage,
    imagePullPolicy: 'IfNotPresent',
    args: ['netexec', '--http-port=8080'],
    env: [{ name: 'ECHO_NAME', value: namespace }],
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo', namespace },
      spec: { selector: { app: 'echo' }, ports: [{ name: 'http', port: 8080, targetPort: 8080 }] },
    },
    workload('Deployment', 'echo', namespace, { podSpec: { containers: [server] } }),
  ];
}

const secure = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: secure, namespace: istio-gateways }
spec:
  selector: { istio: ingress }
  servers:
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: [${host}]
      tls: { mode: SIMPLE, credentialName: secure-tls }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: secure, namespace: istio-gateways }
spec:
  hosts: [${host}]
  gateways: [secure]
  http:
    - route:
        - destination: { host: echo.shop.svc.cluster.local, port: { number: 8080 } }
`;
