import { z } from 'zod';
import { formatPath } from '../../mesh/finding.ts';
import { readYaml } from '../../mesh/read-yaml.ts';
import type { SyntaxMistake } from './kubeconfig-syntax.ts';

const text = z.string({ error: 'is no text; put it into quotes' });
const optionalText = text.nullish();
const flag = z.boolean({ error: 'is neither true nor false; write one of them without quotes' });
const mapping = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject(shape, { error: 'is no mapping; correct its indentation' });
const list = <Item extends z.ZodType>(item: Item) =>
  z.array(item, { error: 'is no list; begin its items with a dash' });
const name = text.min(1, { error: 'is empty; give a name' });

const execSchema = mapping({
  command: text,
  args: list(text).nullish(),
  env: list(mapping({ name: text, value: text })).nullish(),
  apiVersion: optionalText,
  installHint: optionalText,
  interactiveMode: z
    .enum(['Never', 'IfAvailable', 'Always'], { error: 'is none of Never, IfAvailable and Always; write one of them' })
    .nullish(),
  provideClusterInfo: flag.nullish(),
});

const userSchema = mapping({
  token: optionalText,
  tokenFile: optionalText,
  username: optionalText,
  password: optionalText,
  'client-certificate': optionalText,
  'client-certificate-data': optionalText,
  'client-key': optionalText,
  'client-key-data': optionalText,
  'auth-provider': mapping({ name: text }).nullish(),
  exec: execSchema.nullish(),
});

const clusterSchema = mapping({
  server: text,
  'certificate-authority': optionalText,
  'certificate-authority-data': optionalText,
  'insecure-skip-tls-verify': flag.nullish(),
  'tls-server-name': optionalText,
  'proxy-url': optionalText,
  extensions: list(mapping({ name: text })).nullish(),
});

/** What is used of a kubeconfig; whatever else stands in one is left to others. */
export const kubeconfigSchema = mapping({
  'current-context': optionalText,
  clusters: list(mapping({ name, cluster: clusterSchema })).nullish(),
  contexts: list(mapping({ name, context: mapping({ cluster: text, user: optionalText }) })).nullish(),
  users: list(mapping({ name, user: userSchema.nullish() })).nullish(),
});

export type KubeconfigContent = z.infer<typeof kubeconfigSchema>;

/** The first field that is not as it must be, by its path and line and without what stands there. */
export function schemaMistake(source: string, { issues }: z.ZodError): SyntaxMistake {
  const [issue] = issues;
  const path = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
  const [reason = '', remedy = ''] = (issue?.message ?? '').split('; ');
  if (path.length === 0) return { reason: `it ${reason}`, remedy: 'give the path of a kubeconfig' };
  const [document] = readYaml(source, 'plain').documents;
  const at = document && { line: document.lineOf(path), column: 1 };
  return { reason: `${formatPath(path)} ${reason}`, remedy, ...(at ? { at } : {}) };
}
