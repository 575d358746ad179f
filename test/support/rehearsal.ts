import type { StepEntry } from '../../src/plan/open-upgrade.ts';
import type { FailedRequests, ProbePhase, ProbeResult, ProbeSecond } from '../../src/ports/probe-result.ts';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import type { RehearsalPart } from '../../src/rehearsal/rehearsal.ts';
import type { ClusterUpgrade } from '../../src/upgrade/cluster-upgrade.ts';
import { randomNumbers } from './random-numbers.ts';
import { at, clusterUpgrade, journal } from './upgrades.ts';

/** What a target's traffic looks like; times are seconds after ten o'clock. */
export interface Traffic {
  targets: string[];
  /** Requests a second and target. */
  rate: number;
  from: number;
  to: number;
  seed: number;
  /** When requests are slow, and how many times as slow. */
  spikes: { from: number; to: number; times: number }[];
  /** What fails, and why. */
  failures: { target: string; at: number; count: number; reason: string }[];
  phases: { name: string; from: number; to: number }[];
}

/** Thirty requests a second for five minutes, slow for some seconds while the gateways are switched. */
const traffic: Traffic = {
  targets: ['ingress', 'catalog', 'egress'],
  rate: 10,
  from: 60,
  to: 360,
  seed: 5,
  spikes: [
    { from: 205, to: 212, times: 9 },
    { from: 160, to: 168, times: 3 },
  ],
  failures: [],
  phases: [
    { name: 'before', from: 60, to: 120 },
    { name: 'upgrade', from: 120, to: 240 },
    { name: 'rollback', from: 240, to: 300 },
    { name: 'after', from: 300, to: 360 },
  ],
};

/** What a probe measures of such traffic, the same for the same seed. */
export function probeResult(overrides: Partial<Traffic> = {}): ProbeResult {
  const told = { ...traffic, ...overrides };
  const random = randomNumbers(told.seed);
  const samples = new Map(told.targets.map((target) => [target, latenciesOf(told, random)]));
  const failed = (target: string, from: number, to: number) =>
    told.failures
      .filter((failure) => failure.target === target && failure.at >= from && failure.at < to)
      .reduce((sum, { count }) => sum + count, 0);
  const phases = told.phases.map(
    ({ name, from, to }): ProbePhase => ({
      name,
      from: at(from),
      to: at(to),
      targets: told.targets.map((target) => {
        const seconds = samples.get(target) ?? [];
        const latencies = seconds.slice(from - told.from, to - told.from).flat();
        const lost = failed(target, from, to);
        return {
          target,
          requests: latencies.length,
          failed: lost,
          resets: lost,
          throughput: (latencies.length - lost) / (to - from),
          ...quantilesOf(latencies),
        };
      }),
    }),
  );
  const seconds = Object.fromEntries(
    [...samples].map(([target, list]) => [
      target,
      list.map((latencies, index): ProbeSecond => {
        const { p50, p99, max } = quantilesOf(latencies);
        const second = told.from + index;
        const lost = failed(target, second, second + 1);
        return { at: Date.parse(at(second)), requests: latencies.length, failed: lost, p50, p99, max };
      }),
    ]),
  );
  const failures = told.failures.map(({ at: second, ...rest }): FailedRequests => ({ ...rest, at: at(second) }));
  const total = told.failures.reduce((sum, { count }) => sum + count, 0);
  return {
    verdict: total === 0 ? { result: 'pass', reasons: [] } : { result: 'fail', reasons: [`${total} requests failed`] },
    thresholds: told.targets.map((target) => ({
      target,
      success: 100,
      slowdown: 10,
      medianSlowdown: 3,
      noise: 50,
      minimum: 50,
    })),
    phases,
    seconds,
    failures: failures.slice(0, 1000),
    answers: [],
    metrics: [{ name: 'errors', phase: 'upgrade', value: 0, result: 'pass' }],
    checks: [
      {
        name: 'proxies',
        phase: 'after',
        result: 'pass',
        facts: '12 of 12 proxies of new have acknowledged everything',
      },
      { name: 'webhooks', phase: 'after', result: 'pass', facts: 'the injectors of new give a pod its proxy' },
      { name: 'certificates', phase: 'after', result: 'pass', facts: '12 certificates; issuer CN=acme root' },
    ],
  };
}

/** Milliseconds of each request of each second: a few at rest, with a tail. */
function latenciesOf({ rate, from, to, spikes }: Traffic, random: () => number): number[][] {
  return Array.from({ length: to - from }, (_, index) => {
    const spike = spikes.find((stretch) => from + index >= stretch.from && from + index < stretch.to);
    return Array.from({ length: rate }, () => (2 + 1.5 * random() - Math.log(1 - random()) * 2) * (spike?.times ?? 1));
  });
}

function quantilesOf(latencies: number[]) {
  const sorted = latencies.toSorted((left, right) => left - right);
  const quantile = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  return { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), max: quantile(1) };
}

/** A part that lasted from one second after ten o'clock to another. */
export function part(name: string, from: number, to: number): RehearsalPart {
  return { name, started: at(from), finished: at(to), result: 'done' };
}

const parts: RehearsalPart[] = [
  part('cluster', 0, 27),
  part('images', 27, 38),
  part('install', 38, 50),
  part('workloads', 50, 60),
  part('before', 60, 120),
  part('upgrade', 120, 240),
  part('rollback', 240, 300),
  part('after', 300, 360),
];

const times: [StepEntry['step'], number, number][] = [
  ['preflight', 121, 124],
  ['base', 124, 127],
  ['control-plane', 127, 141],
  ['config', 141, 143],
  ['gateways', 143, 158],
  ['group:canary', 158, 170],
  ['group:main', 170, 203],
  ['gateway-switch', 203, 222],
  ['default', 222, 226],
  ['soak', 226, 240],
];

/** The upgrade forward, ten steps done, and back again. */
function upgrades(): ClusterUpgrade[] {
  const forward = times.map(
    ([step, from, to]): StepEntry => ({ step, status: 'done', started: at(from), finished: at(to) }),
  );
  const retire: StepEntry = { step: 'retire', status: 'pending' };
  const timeline = [
    { at: at(124), proxies: { old: 12 } },
    { at: at(158), proxies: { old: 12, new: 2 } },
    { at: at(170), proxies: { old: 9, new: 5 } },
    { at: at(203), proxies: { old: 2, new: 12 } },
    { at: at(240), proxies: { new: 12 } },
  ];
  const back = { at: at(300), proxies: { old: 12 } };
  const undone = forward.map((entry): StepEntry => ({ ...entry, status: 'undone' }));
  return [
    clusterUpgrade({
      cluster: 'rehearsal',
      result: 'upgraded',
      state: 'all workloads run with new; old is kept for a rollback',
      journal: journal({ steps: [...forward, retire], timeline }),
    }),
    clusterUpgrade({
      cluster: 'rehearsal',
      result: 'rolled back',
      state: 'all workloads run with old',
      journal: journal({ steps: [...undone, retire], timeline: [...timeline, back], state: 'rolled back' }),
    }),
  ];
}

/** A rehearsal of an upgrade and its rollback that lost nothing. */
export function rehearsalRecord(overrides: Partial<RehearsalRecord> = {}): RehearsalRecord {
  return {
    apiVersion: 'istio-delivery/v1',
    kind: 'Rehearsal',
    mesh: 'acme',
    environment: 'production',
    from: { bundle: 'sha256:b1', istio: { version: '1.30.2', revision: '1-30-2' } },
    to: { bundle: 'sha256:b2', istio: { version: '1.31.0', revision: '1-31-0' } },
    origin: { actor: 'someone', repository: 'acme/mesh', commit: '736f52e' },
    started: at(0),
    finished: at(372),
    result: 'pass',
    reasons: [],
    cluster: 'kind, Kubernetes 1.34.2',
    parts,
    differences: [
      {
        object: 'EnvoyFilter istio-config/headers',
        change: 'changed',
        fields: ['.spec.configPatches[0].match.proxy.proxyVersion: ^1\\.30.* → ^1\\.31.*'],
      },
      { object: 'Telemetry istio-config/access-logs', change: 'added', fields: [] },
    ],
    overlay: [
      { object: 'Deployment istio-system/istiod-1-31-0', field: 'spec.replicas', reason: 'one node' },
      {
        object: 'Deployment istio-gateways/istio-ingressgateway-1-31-0',
        field: 'spec.template.spec.containers[0].resources.requests',
        reason: 'the size of the machine',
      },
    ],
    soaks: [],
    notes: [],
    namespaces: [],
    standIns: [],
    notReproduced: [],
    asked: [],
    notAsked: [],
    workloads: [],
    upgrades: upgrades(),
    probe: probeResult(),
    ...overrides,
  };
}
