/** What stands in the kubeconfigs below and may stand nowhere else. */
export const kubeconfigSecretValues = {
  token: 'tok-Xq81-zz_hunter2.hunter2',
  password: 'pa:ss w0rd#tiger',
  key: 'LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCnNvbWV0aGluZwo=',
};

const { token, password, key } = kubeconfigSecretValues;

/** A kubeconfig in YAML, its users' lines replaced. */
export function yamlKubeconfig(userLines: readonly string[]): string {
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: dev',
    'clusters:',
    '- name: dev',
    '  cluster:',
    '    server: https://127.0.0.1:1',
    'contexts:',
    '- name: dev',
    '  context: {cluster: dev, user: dev}',
    'users:',
    '- name: dev',
    '  user:',
    ...userLines,
    '',
  ].join('\n');
}

/** The same in JSON, pretty-printed. */
export function jsonKubeconfig(
  user: unknown,
  name = 'dev',
  cluster: object = { server: 'https://127.0.0.1:1' },
): string {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return JSON.stringify(content, null, 2);
}

const json = jsonKubeconfig({ token, password, 'client-key-data': key });
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length;

/** Kubeconfigs with one mistake each at a credential, the line that is to be named, and the reason. */
export const mistakenKubeconfigs: Record<string, [text: string, line: number, reason: string]> = {
  'a tab before the token': [yamlKubeconfig([`\t\ttoken: ${token}`]), 14, 'tab'],
  'a tab between the lines of a user': [
    yamlKubeconfig([`    password: "${password}"`, `\ttoken: ${token}`]),
    15,
    'tab',
  ],
  'a key that stands twice': [
    yamlKubeconfig([`    token: ${token}`, `    token: ${token}2`]),
    15,
    'a key stands twice in one mapping',
  ],
  'a quote that is not closed': [
    yamlKubeconfig([`    token: "${token}`, `    password: ${password}`]),
    15,
    'a quote or a bracket of a line above is not closed',
  ],
  'a single quote that is not closed': [
    yamlKubeconfig([`    token: '${token}`]),
    15,
    'a quote or a bracket of a line above is not closed',
  ],
  'a wrong escape in a password': [
    yamlKubeconfig([`    password: "${password}\\q"`]),
    14,
    'a backslash in double quotes begins no escape sequence',
  ],
  'an indentation that does not fit': [
    yamlKubeconfig([`    token: ${token}`, `   password: ${token}`]),
    15,
    'the indentation does not fit',
  ],
  'a value in two parts': [yamlKubeconfig([`    token: ${token}: ${token}`]), 14, 'the indentation does not fit'],
  'a line without a colon': [
    yamlKubeconfig([`    token: x`, `    ${token}`, '    password: y']),
    16,
    'a line is neither a key with a value',
  ],
  'a token that begins as an alias': [yamlKubeconfig([`    token: *${token}`]), 14, 'an alias (*) leads to no anchor'],
  'a token that begins as a tag': [yamlKubeconfig([`    token: !${token}`]), 14, 'a tag (!) is not known'],
  'a token that begins as a tag handle': [yamlKubeconfig([`    token: !x!${token}`]), 14, 'a tag (!) is not known'],
  'a bracket that is not closed': [
    yamlKubeconfig([`    token: [${token}`]),
    15,
    'a quote or a bracket of a line above is not closed',
  ],
  'a token that is a list': [yamlKubeconfig([`    token: [${token}]`]), 14, 'users[0].user.token is no text'],
  'a token that is a mapping': [yamlKubeconfig([`    token: {${token}: }`]), 14, 'users[0].user.token is no text'],
  'a password that is a number': [
    yamlKubeconfig(['    password: 90210902109021']),
    14,
    'users[0].user.password is no text',
  ],
  'users that are no list': [
    yamlKubeconfig([`    token: ${token}`])
      .replace('- name: dev\n  user:', `  ${token}: x`)
      .replace(/ {4}token.*\n/, ''),
    11,
    'users is no list',
  ],
  'two documents': [
    `${yamlKubeconfig([`    token: ${token}`])}---\n${token}: x\n`,
    0,
    'it holds more than one document',
  ],
  'nothing but a token': [token, 0, 'it is no mapping'],
  'a control character': [
    yamlKubeconfig([`    token: ${token}\u0007`]),
    14,
    'a character stands there that no text has',
  ],
  'JSON without a comma': [
    json.replace(`"${token}",`, `"${token}"`),
    lineOf(json, '"password"'),
    'a comma is missing or stands alone',
  ],
  'JSON without its closing quote': [json.replace(`${token}",`, `${token},`), 0, 'a comma is missing or stands alone'],
  'JSON that ends in the middle': [json.slice(0, json.indexOf(key) + 12), 0, 'a quote is opened and not closed'],
  'JSON with a key that stands twice': [
    json.replace('"password"', '"token"'),
    lineOf(json, '"password"'),
    'a key stands twice in one mapping',
  ],
};
