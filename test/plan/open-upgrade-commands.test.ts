import { describe, expect, test } from 'vitest';
import type { OpenUpgrade } from '../../src/plan/open-upgrade.ts';
import { type OpenCommand, outlookOn, standsAt } from '../../src/plan/open-upgrade-commands.ts';
import { journal, stepEntries } from '../support/upgrades.ts';

const target = { digest: 'sha256:b2', revision: 'new' };
const source = { digest: 'sha256:b1', revision: 'old' };
const another = { digest: 'sha256:b3', revision: 'new' };
const reverted = { digest: 'sha256:b3', revision: 'old' };

const forward = journal();
const failed = journal({ failure: { step: 'group:main', code: 'WorkloadUnhealthy', reason: 'image', at: 'now' } });
const soaked = journal({ steps: stepEntries(10).map((entry) => (entry.step === 'retire' ? pending(entry) : entry)) });
const retiring = journal({ steps: stepEntries(10) });
const back = journal({
  direction: 'back',
  steps: stepEntries(6).map((entry) => (entry.status === 'running' ? { ...entry, status: 'undone' } : entry)),
});
const unlike = journal({ old: { ...forward.old, stages: { config: 'sha256:c1' } } });
const amended = journal({ new: { ...forward.new, bundle: 'sha256:b3' } });

function pending<T extends { status: string }>(entry: T): T & { status: 'pending' } {
  return { ...entry, status: 'pending' };
}

type Bundle = typeof target;

function commandOf(what: string): OpenCommand {
  return what.split(' ')[0] as OpenCommand;
}

describe('outlookOn', () => {
  test.each<[string, Bundle, OpenUpgrade, string]>([
    ['start with its target', target, forward, 'goes on with step group:main'],
    ['start with its target after a failure', target, failed, 'goes on with step group:main'],
    ['resume with its target', target, forward, 'goes on with step group:main'],
    ['resume with its target when only the retirement is left', target, soaked, 'nothing is left to do before finish'],
    ['resume with its target when the retirement has begun', target, retiring, 'goes on with step retire'],
    ['resume with its target as it was amended', another, amended, 'goes on with step group:main'],
    [
      'resume with its target while it goes back',
      target,
      back,
      'continues the rollback to old: undoes group:canary, gateways,',
    ],
    [
      'resume with its source while it goes back',
      source,
      back,
      'continues the rollback to old: undoes group:canary, gateways,',
    ],
    ['rollback with its target', target, forward, 'goes back to old: undoes group:main, group:canary, gateways,'],
    ['rollback with its source', source, forward, 'goes back to old: undoes group:main, group:canary, gateways,'],
    ['rollback with any bundle', another, forward, 'goes back to old: undoes group:main'],
    ['rollback with its source while it goes back', source, back, 'continues the rollback to old: undoes group:canary'],
    ['finish with its target when only the retirement is left', target, soaked, 'retires old, once nothing uses it'],
    ['finish with its target when the retirement has begun', target, retiring, 'retires old, once nothing uses it'],
    ['promote with its target', target, forward, 'changes the configuration alone, for both revisions'],
    ['promote with its source', source, forward, 'changes the configuration alone, for both revisions'],
  ])('%s runs', (what, bundle, open, does) => {
    expect(outlookOn(commandOf(what), bundle, open)).toEqual({ kind: 'runs', does: expect.stringContaining(does) });
  });

  test.each<[string, Bundle, OpenUpgrade, [code: string, remedy: RegExp]]>([
    [
      'start with its source',
      source,
      forward,
      ['SourceBundle', /rollback goes back to old; to go on, give bundle sha256:b2/],
    ],
    ['resume with its source', source, failed, ['SourceBundle', /rollback goes back to old/]],
    ['finish with its source', source, soaked, ['SourceBundle', /rollback goes back to old/]],
    ['finish with its source', source, retiring, ['SourceBundle', /rollback goes back to old/]],
    [
      'start with another bundle',
      another,
      forward,
      ['AnotherUpgrade', /resume it with its own bundle, or roll it back/],
    ],
    ['start with another bundle of its source', reverted, forward, ['AnotherUpgrade', /rollback goes back to old/]],
    ['resume with its target as it was before it was amended', target, amended, ['AnotherUpgrade', /its own bundle/]],
    ['resume with another bundle while it goes back', another, back, ['AnotherUpgrade', /its own bundle/]],
    ['start with its target while it goes back', target, back, ['RollbackUnderWay', /with rollback or resume/]],
    ['start with its source while it goes back', source, back, ['RollbackUnderWay', /with rollback or resume/]],
    ['finish with its target while it goes back', target, back, ['RollbackUnderWay', /with rollback or resume/]],
    ['finish with its target too early', target, forward, ['NotReadyToFinish', /resume first/]],
    ['rollback with its source when the retirement has begun', source, retiring, ['RollbackTooLate', /finish it/]],
    [
      'promote with a bundle where both sides have their own config',
      target,
      unlike,
      ['UpgradeOpen', /roll it back first/],
    ],
  ])('%s is refused', (what, bundle, open, [code, remedy]) => {
    expect(outlookOn(commandOf(what), bundle, open)).toMatchObject({
      kind: 'refused',
      code,
      remedy: expect.stringMatching(remedy),
    });
  });
});

test.each<[string, OpenUpgrade, string | undefined]>([
  ['forward', forward, 'group:main'],
  ['when only the retirement is left', soaked, undefined],
  ['when the retirement has begun', retiring, 'retire'],
  ['back', back, 'group:canary'],
])('an upgrade stands %s at the step that a run goes on with', (_way, open, step) => {
  expect(standsAt(open)?.step).toBe(step);
});
