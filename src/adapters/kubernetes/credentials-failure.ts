import { basename } from 'node:path';
import type { User } from '@kubernetes/client-node';
import { DeliveryError } from '../../errors.ts';
import { OutputTooLarge } from '../toolchain/run-program.ts';
import type { ExecPlugin } from './exec-plugin.ts';

export interface FailedCredentials {
  context: string;
  user: User | null;
  /** Out of the client library. */
  thrown: unknown;
}

/**
 * The error for credentials that nobody hands out. What a plugin printed, and what the library says of it, may hold the very
 * credentials, so it is neither quoted nor kept as the cause: the reason is one that we know, in our words.
 */
export function credentialsFailure({ context, user, thrown }: FailedCredentials): DeliveryError {
  const { reason, remedy } = user?.exec ? pluginFailure(user, thrown) : otherFailure(user, thrown);
  return new DeliveryError(`credentials of context "${context}" are not available: ${reason}; ${remedy}`, {
    code: 'CredentialsUnavailable',
  });
}

/** A plugin that must ask a person has nobody to ask. */
export class NoTerminal extends Error {}

/** The wait for credentials ended before they did. */
export class CredentialsLate extends Error {
  readonly seconds: number;

  constructor(seconds: number) {
    super(`no answer within ${seconds} s`);
    this.seconds = seconds;
  }
}

interface Explanation {
  reason: string;
  remedy: string;
}

function pluginFailure(user: User, thrown: unknown): Explanation {
  const { command, installHint } = (user.exec ?? {}) as Partial<ExecPlugin>;
  const plugin = `exec plugin "${basename(command ?? '')}" of user "${user.name}"`;
  const byHand = 'run it by hand, as the kubeconfig has it, to see what it prints (not quoted: it may be secret)';
  if (thrown instanceof CredentialsLate)
    return {
      reason: `${plugin} gave no answer within ${thrown.seconds} s and was ended`,
      remedy: 'run it by hand to see what it waits for: a login, or the network',
    };
  if (thrown instanceof NoTerminal)
    return {
      reason: `${plugin} asks a person (interactiveMode: Always), and there is no terminal`,
      remedy: 'give credentials that need nobody: a ServiceAccount, or the identity of the runner',
    };
  if (thrown instanceof OutputTooLarge) return { reason: `${plugin} failed: ${thrown.message}`, remedy: byHand };
  const { code } = errorOf(thrown);
  if (code === 'ENOENT')
    return {
      reason: `${plugin} is not installed (ENOENT)`,
      remedy: installHint ? `install it: ${installHint.trim()}` : 'install it, or correct PATH',
    };
  if (code !== undefined) return { reason: `${plugin} cannot be run (${code})`, remedy: 'see its file and its rights' };
  if (thrown instanceof SyntaxError)
    return { reason: `${plugin} printed no JSON on its standard output`, remedy: byHand };
  if (thrown instanceof TypeError)
    return { reason: `${plugin} printed no ExecCredential with a status`, remedy: byHand };
  return { reason: `${plugin} failed${hintOf(thrown)}`, remedy: byHand };
}

/** What the words of a plugin that failed are about, as far as it can be told. */
function hintOf(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : '';
  if (said.trim() === '') return ' and says nothing';
  const about = topics.find(([words]) => words.test(said))?.[1];
  return about === undefined ? '' : `; it speaks of ${about}`;
}

const topics: [words: RegExp, about: string][] = [
  [/expired|expiration/i, 'something that has expired'],
  [/log ?in|sso|re-?authenticate|reauth/i, 'a login'],
  [/unable to locate|no (valid )?credentials|could not find.*credentials|default credentials/i, 'missing credentials'],
  [/access ?denied|forbidden|not authorized|unauthorized|permission/i, 'missing rights'],
  [/time(d )?-?out|could not connect|connection|no such host|resolve|network|proxy/i, 'the network'],
  [/no such file|not found|does not exist|not exist/i, 'something that it does not find'],
  [/usage:|unknown (flag|option|command)|unrecognized arguments|invalid choice/i, 'its arguments'],
];

function otherFailure(user: User | null, thrown: unknown): Explanation {
  const remedy = 'see the user of that context in the kubeconfig, and renew what it names';
  if (thrown instanceof CredentialsLate) return { reason: `no answer within ${thrown.seconds} s`, remedy };
  const { code, path } = errorOf(thrown);
  const field = path === undefined ? undefined : fileFields.find(({ of }) => user && of(user) === path)?.field;
  if (field !== undefined) return { reason: `the file of its ${field} cannot be read (${code})`, remedy };
  if (path !== undefined) return { reason: `a file that it names cannot be read (${code})`, remedy };
  if (user?.authProvider) return { reason: 'its auth provider failed', remedy };
  return { reason: `they cannot be used${code === undefined ? '' : ` (${code})`}`, remedy };
}

const fileFields: { field: string; of: (user: User) => unknown }[] = [
  { field: 'client-certificate', of: ({ certFile }) => certFile },
  { field: 'client-key', of: ({ keyFile }) => keyFile },
  { field: 'token', of: ({ authProvider }) => authProvider?.config?.tokenFile },
];

function errorOf(thrown: unknown): { code?: string; path?: string } {
  const { code, path } = thrown as NodeJS.ErrnoException;
  return { ...(typeof code === 'string' ? { code } : {}), ...(typeof path === 'string' ? { path } : {}) };
}
