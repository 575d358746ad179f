import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultFilter, gatewayFilter, luaFilter } from '../support/gateway-filter.ts';
import { containersOfRehearsals, type KindMachine, kindMachine } from '../support/kind.ts';
import { bundlesOf, type RehearsalInputs, type RehearsalRun, rehearseOn } from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';

/** Changes that lose no request, or hardly one, and hurt all the same. */
describe('a rehearsal of a change that answers every request', () => {
  let machine: KindMachine;

  beforeAll(() => {
    machine = kindMachine();
  });

  afterEach(async () => {
    expect(await containersOfRehearsals()).toEqual([]);
  });

  afterAll(() => machine?.remove());

  type Files = Record<string, string>;

  async function rehearse(
    { running = {}, next = {} }: { running?: Files; next?: Files },
    inputs: Partial<RehearsalInputs> = {},
    edit = (text: string) => text,
  ): Promise<RehearsalRun> {
    const name = expect.getState().currentTestName?.replaceAll(/\W+/g, '-') ?? '';
    const bundles = bundlesOf(machine);
    const from = await bundles.render(`running-${name}`, { revision: revisions.old, files: running, edit });
    const to = await bundles.render(`next-${name}`, { files: next, edit });
    return rehearseOn(machine, {
      from: from.path,
      to: to.path,
      before: '20',
      after: '10',
      ...inputs,
    } as RehearsalInputs);
  }

  test('fails where each takes four seconds longer', async () => {
    const run = await rehearse({
      next: { [filterFile]: ofEveryGateway(faultFilter('delay: { fixed_delay: 4s, percentage: { numerator: 100 } }')) },
    });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 1, result: 'fail' });
    expect(run.record?.reasons.join('\n')).toMatch(
      /ingress: the (median|99th percentile) is [\d.]+ ms in phase upgrade, [\d.]+ times the [\d.]+ ms of before/,
    );
    expect(run.record?.probe?.failures).toEqual([]);
  });

  test('fails where one of a hundred is refused, whatever the mesh file allows its own targets', async () => {
    const run = await rehearse(
      {
        next: {
          [filterFile]: ofEveryGateway(faultFilter('abort: { http_status: 503, percentage: { numerator: 2 } }')),
        },
      },
      { rate: '10' },
      (text) => `probe:\n  thresholds: { success: 90 }\n  targets: [{ name: own, url: 'http://own.shop/' }]\n${text}`,
    );
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 1, result: 'fail' });
    expect(run.record?.reasons.join('\n')).toMatch(/http1: \d+ of \d+ requests failed in phase upgrade, .* status 503/);
  });

  const secured = { [filterFile]: ofEveryGateway(securityHeader) };

  test('fails where answers lose a header, and names it', async () => {
    const run = await rehearse({ running: secured });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 1, result: 'fail' });
    expect(run.record?.reasons.join('\n')).toMatch(
      /ingress: \d+ of \d+ answers in phase \w+ lack the header x-frame-options \(DENY\) that every answer had before/,
    );
    expect(run.record?.differences).toContainEqual({
      object: 'EnvoyFilter istio-config/of-every-gateway',
      change: 'removed',
      fields: [],
    });
  });

  test('passes where that is what the change is for, and lists it', async () => {
    const run = await rehearse({ running: secured }, { 'lost-headers': 'X-Frame-Options' });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 0, result: 'pass' });
    expect(run.record?.probe?.answers).toContainEqual(
      expect.objectContaining({ target: 'ingress', what: 'header x-frame-options', kind: 'lost', before: 'DENY' }),
    );
    expect(run.report).toContain('Answers that changed');
  });
});

const filterFile = 'config/root/of-every-gateway.yaml';

const ofEveryGateway = (value: string) => gatewayFilter('of-every-gateway', { value });

const securityHeader = luaFilter(
  "function envoy_on_response(handle) handle:headers():replace('x-frame-options', 'DENY') end",
);
