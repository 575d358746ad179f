import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FailedRequests } from '../../src/ports/probe-result.ts';
import { faultFilter, gatewayFilter } from '../support/gateway-filter.ts';
import { containersOfRehearsals, type KindMachine, kindMachine } from '../support/kind.ts';
import { bundlesOf, type RehearsalRun, type RenderedBundle, rehearseOn } from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';

/** What somebody finds in the morning of a rehearsal that did not pass. */

/** What is slow on this machine is not looked at here. */
const unhurried = { 'median-slowdown': '1000', 'tail-slowdown': '1000' };

let userHome: string;
let machine: KindMachine;
let running: RenderedBundle;
let next: RenderedBundle;

beforeAll(async () => {
  userHome = mkdtempSync(join(tmpdir(), 'istio-delivery-user-'));
  // Go keeps what it has fetched and built in the home folder.
  const [GOPATH = '', GOCACHE = ''] = execFileSync('go', ['env', 'GOPATH', 'GOCACHE'], { encoding: 'utf8' }).split(
    '\n',
  );
  machine = kindMachine({ HOME: userHome, GOPATH, GOCACHE });
  running = await bundlesOf(machine).render('running', { revision: revisions.old });
  next = await bundlesOf(machine).render('next');
});

afterAll(async () => {
  await machine?.remove();
  rmSync(userHome, { recursive: true, force: true });
});

function filesOf({ diagnostics }: RehearsalRun): string[] {
  return (readdirSync(diagnostics, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(diagnostics.length + 1));
}

function textOf({ diagnostics }: RehearsalRun, file: string): string {
  return readFileSync(join(diagnostics, file), 'utf8');
}

async function expectNothingLeft(): Promise<void> {
  expect(await containersOfRehearsals()).toEqual([]);
  expect(machine.leftInHome()).toEqual([]);
  expect(readdirSync(userHome).filter((name) => /^\.(kube|istioctl)/.test(name))).toEqual([]);
}

describe('a rehearsal whose new gateway fails requests', () => {
  let run: RehearsalRun;
  let said: Extract<FailedRequests['said'], { kind: 'proxy' }>;

  beforeAll(async () => {
    const to = await bundlesOf(machine).render('fault', { files: { 'config/root/fault.yaml': fault } });
    run = await rehearseOn(machine, { from: running.path, to: to.path, before: '15', after: '10', ...unhurried });
    const named = run.record?.probe?.failures.flatMap((each) => (each.said?.kind === 'proxy' ? [each.said] : []));
    if (named?.[0] === undefined) throw new Error(`no proxy is named: ${run.stderr}`);
    [said] = named as [typeof said];
  });

  test('says for each second which proxy failed them, with its response flags', () => {
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 1, result: 'fail' });
    expect(said).toMatchObject({ role: 'gateway', status: 503, flags: 'FI', details: 'fault_filter_abort' });
    expect(said.proxy).toMatch(new RegExp(`^istio-gateways/ingress-${revisions.new}-\\w+-\\w+$`));
    const unnamed = run.record?.probe?.failures.filter(
      (each) => each.said?.kind !== 'proxy' && each.reason === 'status 503',
    );
    expect(unnamed).toEqual([]);
    const words = `gateway ${said.proxy}: 503 FI fault_filter_abort`;
    expect(run.stdout).toContain(words);
    expect(run.report).toContain(words);
  });

  test('leaves an index of its diagnostics, with the verdict and the first failed requests', () => {
    const index = textOf(run, 'index.txt');
    expect(index).toMatch(new RegExp(`^rehearsal of ${revisions.old} → ${revisions.new} for production: fail`));
    expect(index).toMatch(
      /First failed requests:\n.*\n(?:.*\n){0,9}.*status 503 +\d+ +FI +gateway istio-gateways\/ingress-1-31-0-/,
    );
    for (const what of ['failed-requests.txt', 'change.txt', 'logs/', 'istio/', 'kubernetes/', 'proxies/', 'kind/']) {
      expect(index).toContain(`  ${what} `);
    }
  });

  test('leaves what both revisions, their proxies and the API server had to say', () => {
    const files = filesOf(run);
    for (const revision of [revisions.old, revisions.new]) {
      expect(textOf(run, `istio/proxy-status-${revision}.txt`)).toContain(`istiod-${revision}`);
    }
    expect(textOf(run, 'failed-requests.txt')).toContain(`${said.proxy} {`);
    expect(textOf(run, `logs/${said.proxy}/istio-proxy.log`)).toContain('"response_flags":"FI"');
    expect(textOf(run, `proxies/${said.proxy}.json`)).toContain('acme.fault');
    expect(textOf(run, `proxies/${said.proxy}.txt`)).toMatch(/DESTINATION/);
    expect(textOf(run, 'istio/objects.yaml')).toContain('name: fault-ingress');
    expect(textOf(run, 'kubernetes/mutatingwebhooks.yaml')).toContain('istio-revision-tag-prod');
    expect(textOf(run, 'kubernetes/namespaces.txt')).toMatch(/rehearsal-front .*istio\.io\/rev=prod-canary/);
    expect(textOf(run, 'kubernetes/endpointslices.yaml')).toContain('ingress-');
    expect(textOf(run, 'change.txt')).toContain('+ EnvoyFilter istio-config/fault-ingress');
    for (const pod of [
      /^logs\/istio-system\/istiod-1-31-0-b-/,
      /^logs\/rehearsal-front\/front-.*\/istio-proxy\.log$/,
    ]) {
      expect(files).toContainEqual(expect.stringMatching(pod));
    }
  });

  test('leaves nothing else, neither here nor in the home folder', expectNothingLeft);
});

/** Interrupts a run some milliseconds after it has printed something, as an Actions runner does first. */
function interruptedAs(said: RegExp, after: number) {
  let begun = false;
  return {
    onOutput(printed: string, kill: (signal: NodeJS.Signals) => void) {
      if (begun || !said.test(printed)) return;
      begun = true;
      setTimeout(kill, after, 'SIGINT');
    },
  };
}

describe.each([
  { part: 'before', said: /Rehearsal: before/, after: 12_000 },
  { part: 'upgrade', said: /▸ production: gateways/, after: 4_000 },
])('a rehearsal that its runner stops in part $part', ({ part, said, after }) => {
  let run: RehearsalRun;

  beforeAll(async () => {
    const words = { from: running.path, to: next.path, before: '20', after: '10', ...unhurried };
    run = await rehearseOn(machine, words, interruptedAs(said, after));
  });

  test('ends as interrupted, and says in which part, and what to do', () => {
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 130, result: 'inconclusive' });
    expect(run.record?.reasons[0]).toMatch(new RegExp(`^interrupted in part ${part}, .* SIGINT; run it again$`));
    expect(run.stderr).toContain(`interrupted in part ${part}`);
    expect(run.stderr).not.toMatch(/resume/);
  });

  test('leaves its record, its report and diagnostics', () => {
    const { record, report } = run;
    expect(record?.parts.at(-1)).toMatchObject({ name: part, result: 'interrupted' });
    expect(record?.parts.slice(0, -1).every(({ result }) => result === 'done')).toBe(true);
    const measured = record?.probe?.phases.flatMap(({ targets }) => targets.map(({ requests }) => requests)) ?? [];
    expect(Math.max(...measured)).toBeGreaterThan(10);
    expect(report).toContain(`interrupted in part ${part}`);
    expect(textOf(run, 'index.txt')).toContain('inconclusive');
    expect(existsSync(join(run.diagnostics, 'pods.json'))).toBe(true);
  });

  test('leaves no cluster behind', expectNothingLeft);
});

const fault = gatewayFilter('fault-ingress', {
  value: faultFilter('abort: { http_status: 503, percentage: { numerator: 20, denominator: HUNDRED } }'),
  labels: { 'istio.io/rev': revisions.new },
  gateway: 'ingress',
});
