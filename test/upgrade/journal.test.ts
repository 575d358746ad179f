import { expect, test } from 'vitest';
import { journalSchema } from '../../src/upgrade/journal.ts';
import { journal } from '../support/upgrades.ts';

const { steps: _steps, ...withoutSteps } = journal();

test.each<[string, unknown, boolean]>([
  ['the journal of an upgrade that goes on', journal(), true],
  ['one of a version that writes more', { ...journal(), more: true }, true],
  ['one of another format', { ...journal(), apiVersion: 'istio-delivery/v2' }, false],
  ['one without its steps', withoutSteps, false],
  [
    'one with a step in a state that does not exist',
    { ...journal(), steps: [{ step: 'base', status: 'half' }] },
    false,
  ],
  ['one whose namespaces are no entries', { ...journal(), groups: { canary: ['payments'] } }, false],
  ['a text', 'open', false],
])('knows %s', (_what, value, is) => {
  expect(journalSchema.safeParse(value).success).toBe(is);
});
