import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { textOf } from '../../src/adapters/files/text-files.ts';
import { parseProxyStatus } from '../../src/adapters/istioctl/parse-proxy-status.ts';
import { readStoredBundle } from '../../src/apply/stored-bundle.ts';
import { sha256, stageDigests } from '../../src/bundle/bundle-digest.ts';
import { bundleFromFiles, bundleToFiles } from '../../src/bundle/bundle-files.ts';
import { renderMarkdown, renderText } from '../../src/bundle/bundle-report.ts';
import { canonicalJson } from '../../src/bundle/canonical-json.ts';
import { policyOf } from '../../src/bundle/policy.ts';
import { readSources } from '../../src/bundle/provenance.ts';
import { DeliveryError } from '../../src/errors.ts';
import { judge } from '../../src/gate/judge.ts';
import { clusterRecordSchema } from '../../src/local/cluster-record.ts';
import { kindRecordSchema } from '../../src/local/kind-record.ts';
import { readDocument } from '../../src/mesh/read-document.ts';
import {
  type PromotionRecord,
  promotionRecordName,
  readInventory,
  readPromotionRecord,
} from '../../src/plan/cluster-state.ts';
import { meshesOf } from '../../src/plan/mesh-of-cluster.ts';
import { openUpgradeState } from '../../src/plan/open-upgrade-state.ts';
import { parsePlan } from '../../src/plan/parse-plan.ts';
import { clusterPlanDigest, type Plan, planDigest } from '../../src/plan/plan.ts';
import { policyChanges } from '../../src/plan/policy-changes.ts';
import { planMarkdown } from '../../src/plan/report/plan-markdown.ts';
import { planReport } from '../../src/plan/report/plan-report.ts';
import { planText } from '../../src/plan/report/plan-text.ts';
import { upgradeNotes } from '../../src/plan/upgrade-notes.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { evidenceOf, parseRecord } from '../../src/record/evidence.ts';
import { htmlReport } from '../../src/record/html-report.ts';
import { idleWord } from '../../src/record/idle-record.ts';
import { recordOf } from '../../src/record/record.ts';
import { recordMarkdown, recordText } from '../../src/record/summary.ts';
import { upgradeRecordOf } from '../../src/record/upgrade-record.ts';
import { upgradeMarkdown, upgradeText } from '../../src/record/upgrade-summary.ts';
import { parseOverlay } from '../../src/rehearsal/overlay/parse-overlay.ts';
import { parseRepairPlan } from '../../src/repair/repair-plan.ts';
import { repairPlanText } from '../../src/repair/repair-text.ts';
import { readJournal } from '../../src/upgrade/keep-journal.ts';
import { meshState } from '../../src/upgrade/mesh-state.ts';
import { bundleOf } from './bundles.ts';
import { clusterPlan, environmentPlan } from './plans.ts';
import { probePolicy } from './probes.ts';
import { probeResult } from './rehearsal.ts';
import { repairPlan } from './repair-plans.ts';
import { clusterUpgrade, journal, upgradeFacts } from './upgrades.ts';

/** A file that is read back, and everything that is made of it. */
export interface ReadBackFile {
  name: string;
  /** What the program itself writes. */
  genuine: unknown;
  /** Its text, of whatever document: pretty JSON where nothing is said. */
  text?: (json: string) => string;
  /** Reads it, and prints what is printed of it. */
  read: (bytes: Buffer) => unknown;
}

const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' };
const stages = [
  {
    stage: 'base' as const,
    objects: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio', namespace: 'istio-system', labels: { app: 'istiod' } },
        data: { mesh: 'a: 1\nb: 2\n' },
      },
    ],
  },
];
const bundle = bundleOf(
  { dev: stages, prod: stages },
  {
    environments: ['dev', 'prod'].map((name, index) => ({
      name,
      after: index === 0 ? [] : ['dev'],
      clusters: [{ name, context: name, identity: `uid-${name}` }],
      waves: [[name]],
      gate: { approval: index === 1, identity: 'required', needs: ['objects', 'proxies'] },
    })),
    upgrade: {
      groups: [{ name: 'canary', namespaces: ['shop'], tag: 'canary', label: 'managed', batch: 1, soak: 60 }],
      soak: 600,
      acknowledgeNotes: true,
      waivers: [{ check: 'recreate', object: 'Deployment shop/cart', reason: 'it is a cache' }],
    },
    probe: probePolicy(),
  },
);
const { manifest } = bundle;
const istio = { version: '1.30.3', revision: '1-30-3' };
const old = { bundle: 'sha256:b0', istio };

const plan = environmentPlan({
  mesh: manifest.mesh,
  environment: 'prod',
  bundle: manifest.digest,
  upgrade: { policy: manifest.upgrade, probe: probePolicy(), notes: upgradeNotes('1.30.3', '1.31.0').slice(0, 1) },
  clusters: [
    clusterPlan({
      cluster: 'prod',
      runs: old,
      upgrade: true,
      changes: [
        { action: 'create', id, stage: 'revision', after: { ...id, metadata: id } as never, validated: false },
        {
          action: 'update',
          id,
          stage: 'routing',
          fields: [
            { path: '.spec.replicas', before: 1, after: 2 },
            { path: '.data.mesh', patch: ['@@ -1 +1 @@', '-a', '+b'] },
            { path: '.spec.http', order: { before: ['a', 'b'], after: ['b', 'a'] } },
          ],
          taken: [{ owner: 'kubectl', field: '.spec.replicas', reason: 'it is shared' }],
        },
        {
          action: 'delete',
          id,
          uid: 'u',
          before: { apiVersion: 'v1', metadata: { name: 'x' } },
          releases: 'an address',
        },
      ],
      policy: policyChanges(policyOf(manifest), { ...policyOf(manifest), health: { settle: 1 } }),
      problems: [
        { kind: 'conflict', id, stage: 'base', conflicts: [{ owner: 'hpa', field: '.spec.replicas' }] },
        { kind: 'invalid', id, stage: 'base', reason: 'no', source: 'config/a.yaml:3' },
      ],
      warnings: [{ id, text: 'deprecated' }],
      left: [{ id, path: '.spec.replicas', owner: 'hpa', reason: 'it scales', usual: true }],
      open: openUpgradeState(journal(), { digest: manifest.digest, revision: 'new' }),
    }),
    clusterPlan({ cluster: 'other' }),
  ],
});

/** What somebody does who knows how digests are made. */
function sealedAgain(json: string): string {
  try {
    const damaged = JSON.parse(json) as Plan;
    const clusters = damaged.clusters.map((each) => ({ ...each, digest: clusterPlanDigest(each) }));
    return JSON.stringify({ ...damaged, clusters, digest: planDigest({ ...damaged, clusters }) });
  } catch {
    return json;
  }
}

function usePlan(bytes: Buffer): void {
  const read = parsePlan(textOf(bytes, 'plan.json'), 'plan.json');
  const report = planReport(read, []);
  planText(report);
  planText(report, { limit: 200, file: 'plan.json' });
  planMarkdown(report, { limit: 500, file: 'plan.json' });
  JSON.stringify(read);
  for (const environment of manifest.environments) {
    judge({
      environment,
      environments: manifest.environments,
      bundle: manifest.digest,
      plan: read,
      approve: read.digest,
      evidence: [],
    });
  }
}

function useRecord(bytes: Buffer): void {
  const record = parseRecord(textOf(bytes, 'record.json'), 'record.json');
  evidenceOf(record, record.mesh);
  idleWord(record);
  if (record.kind === 'Promotion') {
    recordText(record);
    recordMarkdown(record);
  } else {
    upgradeText(record);
    upgradeMarkdown(record);
    htmlReport(record);
  }
}

const verdict = {
  environment: 'prod',
  bundle: manifest.digest,
  plan: plan.digest,
  result: 'pass' as const,
  rules: [{ rule: 'approval' as const, result: 'pass' as const, facts: 'it is approved' }],
};

const promotion = recordOf({
  manifest,
  environment: { name: 'prod', clusters: [{ name: 'prod', context: 'prod' }] },
  plan,
  origin: { actor: 'someone', repository: 'acme/mesh', commit: 'abc', run: 'https://example/run/1' },
  started: new Date('2026-11-29T10:00:00Z'),
  finished: new Date('2026-11-29T10:01:00Z'),
  verdict,
  outcomes: [
    {
      cluster: 'prod',
      finished: '2026-11-29T10:01:00.000Z',
      result: 'promoted',
      stages: [{ stage: 'base', created: 1, updated: 0, deleted: 0, unchanged: 4, seconds: 1.5 }],
      during: 'a-to-b',
      probe: probeResult(),
    },
    { cluster: 'b', finished: '2026-11-29T10:01:00.000Z', result: 'failed', code: 'X', kind: 'failed', reason: 'no' },
    { cluster: 'c', result: 'not started', reason: 'an earlier wave failed' },
  ],
});

const upgrade = upgradeRecordOf(
  upgradeFacts({
    verdict,
    clusters: [
      clusterUpgrade({
        probe: probeResult(),
        findings: [{ check: 'recreate', level: 'fail', object: 'Deployment a/b', reason: 'r', cure: 'c', waived: 'w' }],
      }),
    ],
  }),
);

/** A cluster that has one ConfigMap of ours. */
function stateCluster(name: string, key: string, text: string): Cluster {
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'istio-system' },
    data: { [key]: text },
  };
  return { name: 'dev', get: async () => map, list: async () => ({ resourceVersion: '1', items: [map] }) } as never;
}

const record: PromotionRecord = {
  apiVersion: 'istio-delivery/v1',
  mesh: 'acme',
  environment: 'prod',
  cluster: 'prod',
  promotions: 3,
  current: {
    ...old,
    chunks: ['a', 'b'],
    amended: { rendered: 'sha256:r', config: 'sha256:c' },
    policy: policyOf(manifest),
    since: '2026-11-29T10:00:00.000Z',
    plan: plan.digest,
  },
  inProgress: { bundle: manifest.digest, plan: plan.digest, since: '2026-11-29T10:00:00.000Z' },
};

const files = bundleToFiles(bundle);
const stageName = 'clusters/dev/base.yaml';

/** The files with one of them damaged, and the checksums that go with it. */
function useBundle(name: string, bytes: Buffer): void {
  const text = textOf(bytes, name);
  const others = (files['checksums.txt'] ?? '').split(/(?<=\n)/).filter((line) => !line.endsWith(`  ${name}\n`));
  const sums = [...others, `${sha256(text)}  ${name}\n`].sort((one, other) =>
    one.slice(66) < other.slice(66) ? -1 : 1,
  );
  const [manifestText = ''] = [name === stageName ? files['bundle.json'] : text];
  // A stage whose digest the manifest names as well.
  const named =
    name === stageName ? manifestText.replace(digestIn(files['checksums.txt'] ?? '', name), sha256(text)) : text;
  const given = { ...files, 'bundle.json': named, [name]: name === stageName ? text : named };
  const lines = sums.map((line) => (line.endsWith('  bundle.json\n') ? `${sha256(named)}  bundle.json\n` : line));
  const read = bundleFromFiles({ ...given, 'checksums.txt': lines.join('') }, 'bundle');
  renderText(read, 'bundle');
  renderMarkdown(read);
}

/** As `render` writes it: it is held against its checksum in that form. */
function canonical(json: string): string {
  try {
    return `${canonicalJson(JSON.parse(json), 2)}\n`;
  } catch {
    return json;
  }
}

/** A document for each object. */
function documents(json: string): string {
  const value: unknown = json === '' ? [] : JSON.parse(json);
  return Array.isArray(value) ? value.map((each) => JSON.stringify(each, null, 1)).join('\n---\n') : json;
}

function digestIn(checksums: string, name: string): string {
  return (checksums.split('\n').find((line) => line.endsWith(`  ${name}`)) ?? '').slice(0, 64);
}

const processRecord = { name: 'etcd', pid: 4711, startedAt: '123456' };

const proxies = {
  resources: [
    {
      '@type': 'type.googleapis.com/envoy.service.status.v3.ClientConfig',
      node: { id: 'cart-1.shop', metadata: { NAMESPACE: 'shop', ISTIO_VERSION: '1.31.0' } },
      genericXdsConfigs: [
        { typeUrl: 'a/envoy.config.cluster.v3.Cluster', configStatus: 'ERROR', errorState: { details: 'x' } },
      ],
    },
  ],
};

function useRepairPlan(bytes: Buffer): void {
  repairPlanText(parseRepairPlan(textOf(bytes, 'repair-plan.json'), 'repair-plan.json'));
}

export const readBackFiles: ReadBackFile[] = [
  { name: 'plan.json', genuine: plan, read: usePlan },
  { name: 'plan.json, its digests made anew', genuine: plan, text: sealedAgain, read: usePlan },
  { name: 'repair-plan.json', genuine: repairPlan(), read: useRepairPlan },
  { name: 'the record of a promotion', genuine: promotion, read: useRecord },
  { name: 'the record of an upgrade', genuine: upgrade, read: useRecord },
  {
    name: 'bundle.json',
    genuine: JSON.parse(files['bundle.json'] ?? ''),
    text: canonical,
    read: (bytes) => useBundle('bundle.json', bytes),
  },
  {
    name: 'a stage of a bundle',
    genuine: stages[0]?.objects,
    text: documents,
    read: (bytes) => useBundle(stageName, bytes),
  },
  {
    name: 'provenance.json',
    genuine: {
      apiVersion: 'istio-delivery/v1',
      digest: 'd',
      renderedAt: 'x',
      tools: [],
      sources: { a: 'config/a.yaml:3' },
    },
    read: (bytes) => readSources(bytes.toString('utf8'), 'd'),
  },
  {
    name: 'the promotion record of a cluster',
    genuine: record,
    read: async (bytes) => {
      const cluster = stateCluster(promotionRecordName, 'record', bytes.toString('utf8'));
      const read = await readPromotionRecord(cluster, 'istio-system');
      if (read === undefined) throw new TypeError('it counts as none');
      if (read.current) policyChanges(read.current.policy, policyOf(manifest));
      await meshesOf(cluster);
    },
  },
  {
    name: 'the inventory of a cluster',
    genuine: {
      apiVersion: 'istio-delivery/v1',
      objects: [
        { id, stage: 'base', uid: 'u' },
        { id, stage: 'config', uid: '' },
      ],
    },
    read: (bytes) =>
      readInventory(stateCluster('istio-delivery-inventory', 'objects', bytes.toString('utf8')), 'istio-system'),
  },
  {
    name: 'the journal of an upgrade',
    genuine: journal({ failure: { step: 'base', code: 'X', reason: 'no', at: '2026-11-29T10:00:00.000Z' } }),
    read: async (bytes) => {
      const cluster = stateCluster('istio-delivery-upgrade', 'journal', bytes.toString('utf8'));
      const read = await readJournal(cluster, 'istio-system');
      if (read === undefined) throw new TypeError('it counts as none');
      meshState(read);
      openUpgradeState(read, { digest: manifest.digest, revision: 'new' });
      const facts = upgradeFacts({ clusters: [clusterUpgrade({ journal: read })] });
      const printed = upgradeRecordOf(facts);
      upgradeText(printed);
      upgradeMarkdown(printed);
      htmlReport(printed);
    },
  },
  {
    name: 'a bundle that a cluster keeps',
    genuine: { manifest, bundle: bundle.clusters.dev },
    read: async (bytes) => {
      const content = (await promisify(gzip)(bytes)).toString('base64');
      const cluster = { name: 'dev', get: async () => ({ binaryData: { 'bundle.json.gz': content } }) } as never;
      const side = { bundle: manifest.digest, chunks: ['a'], stages: stageDigests(stages) };
      await readStoredBundle(cluster, 'istio-system', side);
    },
  },
  {
    name: 'an overlay',
    genuine: {
      patches: [
        {
          target: { kind: 'Deployment', name: 'istiod*' },
          reason: 'a small machine',
          in: 'data.mesh',
          merge: { a: 1 },
        },
      ],
    },
    read: (bytes) => parseOverlay(textOf(bytes, 'overlay.yaml'), 'overlay.yaml'),
  },
  {
    name: 'the record of an embedded cluster',
    genuine: {
      name: 'dev',
      kubernetesVersion: '1.34.2',
      ports: { etcd: 1, etcdPeer: 2, apiServer: 3, controllerManager: 4, scheduler: 5, kwok: 6 },
      daemonCommand: ['/usr/bin/node'],
      complete: true,
      processes: [processRecord],
    },
    read: (bytes) => readDocument(bytes.toString('utf8'), clusterRecordSchema),
  },
  {
    name: 'the record of a kind cluster',
    genuine: {
      name: 'dev',
      created: '2026-11-29T10:00:00.000Z',
      complete: true,
      creator: processRecord,
      job: { runner: 'r', run: '1', attempt: '1', job: 'j' },
      slot: 1,
      processes: [processRecord],
      files: ['/tmp/a'],
    },
    read: (bytes) => readDocument(bytes.toString('utf8'), kindRecordSchema),
  },
  {
    name: 'what istioctl prints of proxies',
    genuine: proxies,
    read: (bytes) => {
      try {
        return parseProxyStatus(bytes.toString('utf8'));
      } catch (error) {
        // Whoever asks makes a named error of it.
        if (error instanceof SyntaxError)
          throw new DeliveryError(error.message, { code: 'ProxyStatusUnavailable', cause: error });
        throw error;
      }
    },
  },
];
