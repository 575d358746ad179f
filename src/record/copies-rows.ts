import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import type { Rows } from './upgrade-rows.ts';

type Copies = Pick<Rehearsal, 'namespaces' | 'standIns' | 'notReproduced'>;

/** What the environment has and the rehearsal has not. */
export function notReproducedRows({ notReproduced }: Pick<Copies, 'notReproduced'>): Rows {
  return { headings: ['what', 'why'], rows: notReproduced.map(({ what, why }) => [what, why]) };
}

/** The same, a line each. */
export function notReproducedLines({ notReproduced }: Pick<Copies, 'notReproduced'>): string[] {
  return notReproduced.map(({ what, why }) => `${what}: ${why}`);
}

/** The namespaces that the rehearsal made, and the Secrets that stand in for others. */
export function copiesRows({ namespaces, standIns }: Pick<Copies, 'namespaces' | 'standIns'>): Rows {
  return {
    headings: ['object', 'what it has', 'from'],
    rows: [
      ...namespaces.map(({ name, labels, from }) => [`Namespace ${name}`, labelsText(labels), from]),
      ...standIns.map(({ namespace, name, hosts, for: users }) => [
        `Secret ${namespace}/${name}`,
        `a self-signed certificate for ${hosts.join(', ') || 'any host'}`,
        users.join(', '),
      ]),
    ],
  };
}

function labelsText(labels: Record<string, string>): string {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return all.join(', ') || 'no label of its own';
}
