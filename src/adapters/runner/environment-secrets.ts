import { urlSecrets } from './url-secrets.ts';

/** Variables whose value is a secret, whoever set them. */
const secretVariables = [
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_CLIENT_SECRET',
];

/** The secrets in an environment: tokens of GitHub and clouds, and the credentials in any URL (proxies, mirrors, GOPROXY). */
export function environmentSecrets(environment: NodeJS.ProcessEnv): string[] {
  const named = secretVariables.flatMap((name) => environment[name] ?? []);
  const proxies = Object.entries(environment).flatMap(([name, value = '']) =>
    // A proxy may be written without its scheme.
    /_proxy$/i.test(name) && !value.includes('//') ? urlSecrets(`//${value}`) : urlSecrets(value),
  );
  return [...named, ...proxies];
}
