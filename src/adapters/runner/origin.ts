import { hostname, userInfo } from 'node:os';
import type { Origin } from '../../record/record.ts';

/** Who runs this and from where: the workflow run on a runner, the user and the host elsewhere. */
export function originOf(environment: NodeJS.ProcessEnv): Origin {
  const { GITHUB_ACTOR, GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_SERVER_URL, GITHUB_RUN_ID } = environment;
  if (GITHUB_ACTOR === undefined) return { actor: `${userName()}@${hostname()}` };
  const run =
    GITHUB_SERVER_URL !== undefined && GITHUB_REPOSITORY !== undefined && GITHUB_RUN_ID !== undefined
      ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
      : undefined;
  return {
    actor: GITHUB_ACTOR,
    ...(GITHUB_REPOSITORY === undefined ? {} : { repository: GITHUB_REPOSITORY }),
    ...(GITHUB_SHA === undefined ? {} : { commit: GITHUB_SHA }),
    ...(run === undefined ? {} : { run }),
  };
}

/** In a container, a process may run as a user that /etc/passwd does not have. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
