import { describe, expect, test } from 'vitest';
import { type Fault, parseFaults } from '../../src/local/fault.ts';

const everyKind: Fault[] = [
  { kind: 'webhook', service: 'istio-system/istiod-*', failure: 'unreachable' },
  { kind: 'webhook', revision: '1-31-0', failure: 'slow', delay: 500 },
  { kind: 'webhook', failure: 'nonsense' },
  { kind: 'api', verbs: ['get', 'watch'], resource: 'pods', failure: 'latency', delay: 100 },
  { kind: 'api', failure: 'status', status: 429, retryAfter: 1, first: 3 },
  { kind: 'api', namespace: 'shop', name: 'web', failure: 'reset' },
  { kind: 'api', failure: 'lost-answer' },
  { kind: 'api', failure: 'dropped-watch' },
  { kind: 'istiod', revision: '1-31-0', failure: 'crash-loop' },
  { kind: 'proxy', namespace: 'shop', failure: 'rejects', types: ['clusters'] },
  { kind: 'pod', namespace: 'shop', name: 'web', failure: 'cannot-pull' },
  { kind: 'node', name: 'node-0', failure: 'gone' },
];

describe('parseFaults', () => {
  test('takes faults of every kind, and none', () => {
    expect(parseFaults(everyKind)).toEqual(everyKind);
    expect(parseFaults([])).toEqual([]);
  });

  test.each<[unknown, string]>([
    [undefined, 'faults: expected a list, got nothing'],
    [{}, 'faults: expected a list, got a mapping'],
    [['x'], 'faults[0]: expected'],
    [[{ failure: 'down' }], 'faults[0].kind: expected one of "webhook"'],
    [[{ kind: 'disk' }], 'faults[0].kind: expected one of "webhook", "api"'],
    [
      [{ kind: 'webhook', failure: 'slow' }],
      'faults[0].delay: expected a whole number of milliseconds from 1 to 600000, got nothing',
    ],
    [[{ kind: 'webhook', failure: 'down' }], 'faults[0].failure: expected one of "unreachable", "nonsense", "slow"'],
    [[{ kind: 'webhook', failure: 'nonsense', delay: 1 }], 'faults[0].delay: expected a known key'],
    [
      [{ kind: 'api', failure: 'status', status: 200 }],
      'faults[0].status: expected an HTTP status from 400 to 599, got 200',
    ],
    [[{ kind: 'webhook', failure: 'slow', delay: 1e6 }], 'milliseconds from 1 to 600000, got 1000000'],
    [[{ kind: 'api', failure: 'reset', verbs: ['read'] }], 'faults[0].verbs[0]: expected one of "get"'],
    [[{ kind: 'api', failure: 'reset', first: 0 }], 'faults[0].first: expected at least 1, got 0'],
    [[{ kind: 'istiod', failure: 'down' }], 'faults[0].revision: expected text, got nothing'],
    [[{ kind: 'proxy', failure: 'rejects', types: ['cds'] }], 'faults[0].types[0]: expected one of "clusters"'],
    [[{ kind: 'pod', failure: 'gone' }], 'faults[0].failure: expected one of "never-ready"'],
    [[{ kind: 'node', failure: 'gone' }], 'faults[0].name: expected text, got nothing'],
    [[everyKind[0], { kind: 'pod', failure: 'never-ready', pod: 'x' }], 'faults[1].pod: expected a known key'],
  ])('refuses %j', (value, reason) => {
    expect(() => parseFaults(value)).toThrow(
      expect.objectContaining({ code: 'FaultsInvalid', kind: 'usage', message: expect.stringContaining(reason) }),
    );
  });

  test('names every mistake at once', () => {
    const faults = [
      { kind: 'node', failure: 'gone' },
      { kind: 'pod', failure: 'x' },
    ];
    expect(() => parseFaults(faults)).toThrow(/faults\[0\]\.name: .*; faults\[1\]\.failure: /);
  });
});
