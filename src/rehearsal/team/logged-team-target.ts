import { loggedTargets } from '../access-log/logged-targets.ts';
import type { LoggedTarget } from '../access-log/name-witnesses.ts';
import type { TeamTarget } from './team-target.ts';

/** How a target of the team looks to a proxy; nothing for a bare connection, of which no proxy logs a request. */
export function loggedTeamTarget({ name, question }: TeamTarget): LoggedTarget[] {
  const asked = { name, method: 'GET', rate: 0 };
  if (question.by === 'gateway') {
    const { url, host } = question;
    return loggedTargets([{ ...asked, url, headers: host === undefined ? {} : { Host: host } }]);
  }
  const { kind, address } = question;
  switch (kind) {
    case 'http1':
      return loggedTargets([{ ...asked, url: address, headers: {} }]);
    case 'grpc':
      return loggedTargets([{ ...asked, url: `http://${address}/grpc.health.v1.Health/Check`, headers: {} }]);
    case 'tcp':
      return [];
  }
}
