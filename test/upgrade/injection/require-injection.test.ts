import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../../src/errors.ts';
import type { ApplyResult, Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { injectionLabels, requireInjection } from '../../../src/upgrade/injection/require-injection.ts';
import type { UpgradeContext } from '../../../src/upgrade/upgrade-context.ts';
import { proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

type Answer = ApplyResult | DeliveryError;

function injected(revision: string | null): Answer {
  return { kind: 'applied', object: proxyPod('probe', { revision }), warnings: [] };
}

const webhook = 'failed calling webhook "namespace.sidecar-injector.istio.io"';
const unreachable = new DeliveryError(`${webhook}: no endpoints for istiod-new`, {
  code: 'WebhookUnreachable',
  retryable: true,
});
const forbidden = new DeliveryError('pods is forbidden', { code: 'Forbidden' });

/** Asks an API server that answers so, the last answer again and again; what it was sent. */
async function required(...answers: Answer[]): Promise<KubernetesObject[]> {
  const sent: KubernetesObject[] = [];
  let now = 0;
  const cluster = {
    name: 'dev',
    async apply(object: KubernetesObject, { dryRun }: { dryRun: boolean }) {
      expect(dryRun).toBe(true);
      const answer = answers[Math.min(sent.length, answers.length - 1)];
      sent.push(object);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as Cluster;
  const clock = {
    now: () => new Date(now),
    async sleep(milliseconds: number) {
      now += milliseconds;
    },
  };
  const { signal } = new AbortController();
  const context = { cluster, clock, signal, timeout: 60_000 } as UpgradeContext;
  await requireInjection(context, { namespace: 'shop', labels: { 'istio.io/rev': 'prod' } }, 'new');
  return sent;
}

describe('requireInjection', () => {
  test('is content with the revision', async () => {
    const [pod, ...more] = await required(injected('new'));
    expect(more).toEqual([]);
    expect(pod?.metadata).toMatchObject({ namespace: 'shop', labels: { 'istio.io/rev': 'prod' } });
  });

  test('gives the API server time to hear of the tag', async () => {
    expect(await required(injected('old'), unreachable, injected('new'))).toHaveLength(3);
  });

  test.each<[string, Answer, string]>([
    ['another revision', injected('old'), 'a new pod would start there with a proxy of revision old, not of new'],
    ['no proxy', injected(null), 'a new pod would start there with no proxy'],
    ['no pod at all', unreachable, `no new pod would start there: ${webhook}`],
  ])('refuses %s', async (_name, answer, reason) => {
    await expect(required(answer)).rejects.toMatchObject({
      code: 'WorkloadUnhealthy',
      retryable: true,
      message: expect.stringContaining(reason),
    });
  });

  test.each<[string, Answer]>([
    ['this account may not create pods', forbidden],
    ['the namespace takes no such pod', { kind: 'invalid', reason: 'exceeded quota' }],
  ])("stands in no one's way where %s", async (_name, answer) => {
    expect(await required(answer)).toHaveLength(1);
  });
});

describe('injectionLabels', () => {
  test('are those that webhooks select pods by', () => {
    const labels = { 'sidecar.istio.io/inject': 'true', 'istio.io/rev': 'prod', team: 'shop' };
    expect(injectionLabels(rolledOut('Deployment', { labels }))).toEqual({
      'sidecar.istio.io/inject': 'true',
      'istio.io/rev': 'prod',
    });
  });
});
