import { upgradeJournalName } from '../../src/plan/open-upgrade.ts';
import type { Journal } from '../../src/upgrade/journal.ts';
import type { ApiWrite } from './write-gate.ts';

/**
 * Where an upgrade stands when it writes its journal, as a text that is the same in every upgrade of a mesh; undefined
 * for every other write.
 */
export function journalMoment({ method, path, body }: ApiWrite): string | undefined {
  // The journal has a second writer, whoever asks for a pause or takes the request back.
  if (method !== 'PATCH' || !path.includes(`/configmaps/${upgradeJournalName}?`)) return undefined;
  const { data } = JSON.parse(body.toString('utf8')) as { data?: { journal?: string } };
  return data?.journal === undefined ? undefined : momentOf(JSON.parse(data.journal) as Journal);
}

export function momentOf({ state, direction, steps, groups }: Journal): string {
  const namespaces = Object.values(groups).flatMap(Object.entries) as [string, { state: string }][];
  const begun = steps.filter(({ step, status }) => status !== 'pending' && step !== 'preflight');
  return [
    `${state}, ${direction}`,
    ...begun.map(({ step, status }) => `${step} ${status}`),
    ...namespaces.map(([name, entry]) => `${name} ${entry.state}`),
  ].join('; ');
}
