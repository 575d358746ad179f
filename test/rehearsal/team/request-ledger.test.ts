import { expect, test } from 'vitest';
import { requestLedger } from '../../../src/rehearsal/team/request-ledger.ts';

const host = 'cart.shop.svc.cluster.local:80';
const told = (answered: number, failed = 0) => [{ host, answered, failed }];
const old = { uid: 'old', created: 1 };
const next = { uid: 'next', created: 20 };

test('tells what was counted before a change from what was counted since, and leaves out what was before both', () => {
  const ledger = requestLedger();
  ledger.note(old, told(100, 50));
  ledger.note(old, told(110, 51));
  ledger.mark(10);
  ledger.note(old, told(130, 54));
  expect(ledger.requests()).toEqual([
    { host, before: { answered: 10, failed: 1 }, since: { answered: 20, failed: 3 } },
  ]);
});

test('adds up all that pods have counted which came since', () => {
  const ledger = requestLedger();
  ledger.note(old, told(100));
  ledger.mark(10);
  ledger.note(old, told(120, 2));
  ledger.note(next, told(30, 1));
  ledger.note(next, told(40, 1));
  expect(ledger.requests()).toMatchObject([{ since: { answered: 60, failed: 3 } }]);
});

test('does not blame the change for what a pod of before had counted that was silent until then', () => {
  const ledger = requestLedger();
  ledger.mark(10);
  ledger.note(old, told(100, 50));
  ledger.note(old, told(105, 51));
  expect(ledger.requests()).toMatchObject([{ since: { answered: 5, failed: 1 } }]);
});

test('begins again with a proxy that was started again', () => {
  const ledger = requestLedger();
  ledger.note(old, told(100, 2));
  ledger.mark(10);
  ledger.note(old, told(7, 1));
  expect(ledger.requests()).toMatchObject([{ since: { answered: 7, failed: 1 } }]);
});
