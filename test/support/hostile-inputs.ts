import type { Verdict } from '../../src/gate/verdict.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { DifferenceReport } from '../../src/plan/report/difference-section.ts';
import type { ProbeResult } from '../../src/ports/probe-result.ts';
import type { DeliveryRecord } from '../../src/record/record.ts';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import type { ClusterStatus, UnknownStatus } from '../../src/record/status.ts';
import { type UpgradeRecord, upgradeRecordOf } from '../../src/record/upgrade-record.ts';
import type { PreflightFinding } from '../../src/upgrade/preflight/preflight.ts';
import { facts } from './health-facts.ts';
import { clusterPlan, environmentPlan } from './plans.ts';
import { part, probeResult, rehearsalRecord } from './rehearsal.ts';
import { at, clusterUpgrade, journal, upgradeFacts } from './upgrades.ts';

/** Documents of every kind that is rendered, small, with a value in every field that may hold text of others. */

export function smallProbe(): ProbeResult {
  const probe = probeResult({
    targets: ['ingress'],
    from: 60,
    to: 64,
    phases: [
      { name: 'before', from: 60, to: 62 },
      { name: 'upgrade', from: 62, to: 64 },
    ],
    failures: [{ target: 'ingress', at: 63, count: 2, reason: 'status 503' }],
  });
  const metric = { name: 'errors', phase: 'upgrade', result: 'fail', reason: 'above 1' } as const;
  return { ...probe, metrics: [metric] };
}

const id = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'cart' };
const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' }, data: { key: 'value' } };
const side = (revision: string, bundle: string) => ({ bundle, istio: { version: '1.31.0', revision } });
const refused = { kind: 'refused', code: 'Code', reason: 'because', remedy: 'do this' } as const;

export function fullPlan(): Plan {
  const cluster = clusterPlan({
    cluster: 'east',
    runs: side('old', 'sha256:b0'),
    pinned: false,
    changes: [
      { action: 'create', id: { ...id, name: 'new' }, stage: 'config', after: object, validated: false },
      {
        action: 'update',
        id,
        stage: 'config',
        fields: [
          { path: '.data.a', before: 'one', after: 'two' },
          { path: '.data.b', patch: ['@@ -1 +1 @@', '-one\n', '+two'] },
          { path: '.data.c', order: { before: ['x', 'y'], after: ['y', 'x'] } },
          { path: '.data.d', after: { deep: ['text'] } },
        ],
        taken: [{ field: '.spec', owner: 'somebody', reason: 'shared' }],
      },
      { action: 'delete', id: { ...id, name: 'old' }, uid: 'uid-1', before: object, releases: 'the address 192.0.2.1' },
    ],
    policy: [{ path: '.environments[production].gate.approval', before: true, after: false }],
    problems: [
      { id, stage: 'config', kind: 'conflict', conflicts: [{ field: '.spec.x', owner: 'somebody' }] },
      { id, stage: 'config', kind: 'invalid', reason: 'not so\nand more', source: 'config/a.yaml:3' },
    ],
    warnings: [{ id, text: 'is deprecated' }],
    left: [
      { id, path: '.spec.replicas', owner: 'hpa', reason: 'scales it' },
      { id, path: '.webhooks', owner: 'istiod', reason: 'as ever', usual: true },
    ],
    upgrade: true,
    open: {
      id: 'old-to-new-1',
      since: at(0),
      plan: 'sha256:p1',
      from: side('old', 'sha256:b0'),
      to: side('new', 'sha256:b1'),
      direction: 'forward',
      role: 'target',
      steps: [{ step: 'preflight', status: 'done' }],
      step: 'base',
      failure: { step: 'base', code: 'Broken', reason: 'why\nand more', at: at(5) },
      promotions: ['sha256:c1'],
      commands: {
        promote: refused,
        start: refused,
        resume: { kind: 'runs', does: 'goes on' },
        rollback: { ...refused, reason: 'other' },
        finish: { ...refused, reason: 'another' },
      },
    },
  });
  return environmentPlan({
    istio: { version: '1.31.0', revision: 'new' },
    forceConflicts: true,
    clusters: [cluster, clusterPlan({ cluster: 'west', changes: cluster.changes.slice(0, 1) })],
    upgrade: {
      policy: {
        groups: [{ name: 'main', namespaces: ['shop'], tag: 'stable', label: 'managed', batch: 2, soak: 5 }],
        gatewayApiTag: 'gateways',
        soak: 10,
        acknowledgeNotes: true,
        waivers: [{ check: 'rollout-floor', object: 'Deployment shop/a', reason: 'known' }],
      },
      probe: {
        targets: [{ name: 'ingress', url: 'https://shop.example/', method: 'GET', headers: { 'x-a': 'b' }, rate: 1 }],
        thresholds: { success: 100, minimum: 1 },
        load: { image: 'vegeta:1', pullPolicy: 'Always' },
        baseline: 1,
        settle: 1,
        checks: [],
        queries: [],
      } as never,
      notes: [{ id: '1.31-a', title: 'A change', text: 'What to do.', source: 'https://istio.example/notes' }],
    },
  });
}

export function differences(): DifferenceReport[] {
  return [
    {
      cluster: 'east',
      comparedTo: 'staging',
      differences: [
        { kind: 'only here', id, object },
        { kind: 'only there', id },
        { kind: 'differs', id, fields: [{ path: '.data.a', before: 'one', after: 'two' }] },
      ] as DifferenceReport['differences'],
    },
  ];
}

export function failedVerdict(): Verdict {
  return {
    environment: 'production',
    bundle: 'sha256:b1',
    plan: 'sha256:p1',
    result: 'fail',
    rules: [
      { rule: 'order', result: 'fail', facts: 'staging runs another', cure: 'promote to it' },
      { rule: 'plan', result: 'pass', facts: 'it is for this bundle' },
    ],
  };
}

const origin = { actor: 'someone', repository: 'acme/mesh', commit: '736f52e', run: 'https://github.example/runs/1' };

export function promotionRecord(): DeliveryRecord {
  return {
    apiVersion: 'istio-delivery/v1',
    kind: 'Promotion',
    mesh: 'acme',
    environment: 'production',
    istio: { version: '1.31.0', revision: '1-31-0' },
    bundle: 'sha256:b1',
    plan: 'sha256:p1',
    origin,
    started: at(0),
    finished: at(6),
    verdict: failedVerdict(),
    clusters: [
      { cluster: 'a', result: 'promoted', stages: [], finished: at(5), probe: smallProbe() },
      { cluster: 'b', result: 'failed', code: 'NotReady', kind: 'failed', reason: 'istiod\nis not', finished: at(5) },
      { cluster: 'c', result: 'not started', reason: 'interrupted' },
    ],
    result: 'failed',
  };
}

const findings: PreflightFinding[] = [
  { check: 'rollout-floor', level: 'fail', object: 'Deployment shop/a', reason: 'r1', cure: 'c1', waived: 'known' },
  { check: 'leftovers', level: 'warn', object: 'Deployment shop/b', reason: 'r2', cure: 'c2' },
];

export function upgradeRecord(): UpgradeRecord {
  const failure = { step: 'group:main', code: 'WorkloadUnhealthy', reason: 'not ready', at: at(74) } as const;
  const clusters = [
    clusterUpgrade({
      result: 'failed',
      code: 'WorkloadUnhealthy',
      reason: 'Deployment stock/api\nis not ready',
      journal: journal({ failure }),
      findings,
      probe: smallProbe(),
    }),
  ];
  return upgradeRecordOf(upgradeFacts({ clusters, origin, verdict: { ...failedVerdict(), result: 'pass' } }));
}

export function failedRehearsal(): RehearsalRecord {
  const { upgrades, ...rest } = rehearsalRecord({ probe: smallProbe(), origin });
  return {
    ...rest,
    result: 'fail',
    reasons: ['2 of 40 requests failed\nof ingress'],
    parts: [part('cluster', 0, 27), { ...part('upgrade', 60, 64), result: 'failed', code: 'Broken', reason: 'why' }],
    upgrades: upgrades.slice(0, 1).map((upgrade) => ({ ...upgrade, findings, code: 'Code', reason: 'why\nso' })),
  };
}

export function statuses(): (ClusterStatus | UnknownStatus)[] {
  return [
    {
      cluster: 'east',
      environment: 'production',
      kubernetes: 'v1.34.2',
      record: facts().record,
      health: [{ part: 'objects', troubles: ['istiod is missing'], unknown: ['no right to look'] }],
      drift: ['Service a: .spec'],
      driftUnknown: 'forbidden\nfor somebody',
      left: [{ id, path: '.spec.replicas', owner: 'hpa', reason: 'scales it' }],
      revisions: [{ revision: 'new', version: '1.31.0', ready: '2 of 2 replicas ready' }],
      tags: [{ tag: 'stable', revision: 'new' }],
      proxies: [{ revision: 'new', version: '1.31.0', pods: 3 }],
    },
    { cluster: 'west', environment: 'production', unknown: 'no route\nto host' },
  ];
}

export function preflight(): PreflightFinding[] {
  return findings;
}
