import { urlSecrets } from '../runner/url-secrets.ts';
import type { KubeconfigContent } from './kubeconfig-schema.ts';

/** Names of fields, variables and options whose value is a secret. */
const secretName = /token|passw|passphrase|secret|private.?key|api.?key|access.?key|key-?data/i;
/** Of these, the ones that say where a secret is. */
const placeName = /(file|path|dir|url|name|type|key)$/i;
const keyItself = /(private|api|access).?key$/i;

/**
 * Everything secret that stands in a kubeconfig itself, value by value: what its users have under a name that says so
 * (tokens, passwords, key data; of exec plugins also variables and options, of auth providers all tokens), and the
 * credentials in its URLs. What files and plugins hand out is not in it.
 */
export function kubeconfigSecrets({ users, clusters }: Pick<KubeconfigContent, 'users' | 'clusters'>): string[] {
  const inUsers = (users ?? []).flatMap(({ user }) => secretsIn('', user));
  const inClusters = (clusters ?? []).flatMap(({ cluster }) =>
    [cluster.server, cluster['proxy-url'] ?? ''].flatMap(urlSecrets),
  );
  return [...inUsers, ...inClusters].flatMap((secret) => [secret, ...decodedKey(secret)]);
}

function secretsIn(name: string, value: unknown): string[] {
  if (typeof value === 'string') return [...(isSecret(name, value) ? [value] : []), ...urlSecrets(value)];
  if (Array.isArray(value)) {
    if (name === 'args') return optionSecrets(value.map(String));
    return value.flatMap((item) => (isVariable(item) ? secretsIn(item.name, item.value) : secretsIn(name, item)));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => secretsIn(key, field));
}

function isSecret(name: string, value: string): boolean {
  // A key or token where the path of one belongs is as secret as elsewhere.
  if (/-----BEGIN|^eyJ/.test(value)) return true;
  return secretName.test(name) && (keyItself.test(name) || !placeName.test(name));
}

function isVariable(item: unknown): item is { name: string; value: string } {
  const { name, value } = (item ?? {}) as { name?: unknown; value?: unknown };
  return typeof name === 'string' && typeof value === 'string';
}

/** `--client-secret=value` and `--client-secret value`. */
function optionSecrets(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const [, option = '', given] = /^--?([\w-]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (option === '') return urlSecrets(word);
    const value = given ?? words[index + 1] ?? '';
    return value !== '' && isSecret(option, value) ? [value] : urlSecrets(value);
  });
}

/** Key data is base64 of what a log would show. */
function decodedKey(secret: string): string[] {
  const text = Buffer.from(secret, 'base64').toString('utf8');
  return text.includes('-----BEGIN') ? [text] : [];
}
