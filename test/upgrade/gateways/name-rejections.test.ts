import { expect, test } from 'vitest';
import { DeliveryError } from '../../../src/errors.ts';
import type { ConnectedProxy } from '../../../src/ports/proxies.ts';
import { nameRejections } from '../../../src/upgrade/gateways/name-rejections.ts';

const proxy = { namespace: 'edge', version: '1.31.0' };
const synced: ConnectedProxy = { ...proxy, pod: 'a', synced: true };
const refusing: ConnectedProxy = {
  ...proxy,
  pod: 'b',
  synced: false,
  rejected: true,
  reason: 'LDS was rejected: script load error',
};
const late: ConnectedProxy = { ...proxy, pod: 'c', synced: false, reason: 'CDS was not acknowledged' };

function named(error: Error, connected: () => Promise<ConnectedProxy[]>): Promise<unknown> {
  const work = () => Promise.reject(error);
  return nameRejections({ proxies: { connected } }, '1-31-0', work).catch((thrown: unknown) => thrown);
}

const notReady = new DeliveryError('cluster dev did not become ready', { code: 'NotReady', retryable: true });

test('names the proxies that refuse their configuration', async () => {
  expect(await named(notReady, async () => [synced, refusing, late])).toMatchObject({
    message:
      'cluster dev did not become ready. Its proxies refuse what 1-31-0 sends them: proxy edge/b: LDS was rejected: script load error',
    code: 'NotReady',
    retryable: true,
  });
});

test.each([
  ['no proxy refuses anything', notReady, async () => [synced, late]],
  ['istiod cannot be asked', notReady, () => Promise.reject(new Error('no port'))],
  ['it is about something else', new DeliveryError('conflict', { code: 'Conflict' }), async () => [refusing]],
])('leaves the error as it is where %s', async (_what, error, connected) => {
  expect(await named(error, connected)).toBe(error);
});
