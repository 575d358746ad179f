import type { StepEntry } from '../plan/open-upgrade.ts';
import { count } from '../plan/report/words.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import type { Journal } from './journal.ts';

/** What state an upgrade has brought the mesh into, in a sentence. */
export function meshState({ state, direction, old, new: coming, steps, groups }: Journal): string {
  const from = old.istio.revision;
  const to = coming.istio.revision;
  if (state === 'finished') return `${to} is the one revision; ${from} is retired`;
  if (state === 'rolled back') return `${from} is the one revision, as before the upgrade; CRDs stay`;
  const isDone = (step: StepId) => has(steps, step, 'done');
  if (!isDone('control-plane') && direction === 'forward') return `${from} serves everything; ${to} is not up yet`;
  const entries = Object.values(groups).flatMap((namespaces) => Object.values(namespaces));
  const moved = entries.filter((entry) => entry.state === 'moved').length;
  const moving = entries.filter((entry) => entry.state === 'moving' || entry.state === 'moving back').length;
  const serving = (step: StepId) =>
    isDone(step) ? to : has(steps, step, 'pending') || has(steps, step, 'undone') ? from : `${from} or ${to}`;
  return [
    `${from} and ${to} run side by side`,
    `${count(moved, 'namespace')} on ${to}${moving > 0 ? `, ${moving} on the way` : ''}`,
    `gateways served by ${serving('gateway-switch')}`,
    `default is ${serving('default')}`,
  ].join('; ');
}

function has(steps: StepEntry[], step: StepId, status: StepEntry['status']): boolean {
  return steps.some((entry) => entry.step === step && entry.status === status);
}
