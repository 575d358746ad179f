import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig-files.ts';
import { inFolder } from '../../support/folders.ts';
import { jsonKubeconfig, kubeconfigSecretValues, mistakenKubeconfigs } from '../../support/secret-kubeconfigs.ts';

async function refusal(text: string): Promise<{ file: string; message: string; all: string }> {
  return inFolder(async (folder) => {
    const file = join(folder, 'config');
    await writeFile(file, text);
    try {
      loadKubeconfig(file);
    } catch (error) {
      return { file, message: (error as Error).message, all: inspect(error, { depth: 9 }) };
    }
    throw new Error('it was read');
  });
}

describe('a kubeconfig with a mistake is refused by place and reason, without a word of it', () => {
  test.each(Object.entries(mistakenKubeconfigs))('%s', async (_name, [text, line, reason]) => {
    const { file, message, all } = await refusal(text);
    expect(message).toMatch(/^kubeconfig .* cannot be read: .*; .* \(not quoted: it may be secret\)$/);
    expect(message).toContain(reason);
    if (line > 0) expect(message).toMatch(new RegExp(`^kubeconfig ${file}:${line}:\\d+ `));
    for (const secret of Object.values(kubeconfigSecretValues)) {
      for (let at = 0; at + 8 <= secret.length; at += 1) expect(all).not.toContain(secret.slice(at, at + 8));
    }
  });

  test('each mistake that the parser knows has words of its own', async () => {
    for (const [text] of Object.values(mistakenKubeconfigs))
      expect((await refusal(text)).message).not.toContain('the text there fits nothing');
  });
});

test('every prefix of a kubeconfig, and it without any one character, is read or refused without a word of it', async () => {
  const { token, password } = kubeconfigSecretValues;
  const text = jsonKubeconfig({ token, password });
  const from = text.indexOf('"users"');
  await inFolder(async (folder) => {
    const file = join(folder, 'config');
    for (let at = from; at < text.length; at += 1) {
      for (const broken of [
        text.slice(0, at),
        text.slice(0, at) + text.slice(at + 1),
        `${text.slice(0, at)}\t%${text.slice(at)}`,
      ]) {
        await writeFile(file, broken);
        try {
          loadKubeconfig(file);
        } catch (error) {
          expect(error).toMatchObject({ name: 'DeliveryError', code: 'KubeconfigInvalid' });
          expect(inspect(error)).not.toMatch(/Xq81|hunter2|w0rd|tiger/);
        }
      }
    }
  });
});

test.each([
  ['itself', jsonKubeconfig({ token: kubeconfigSecretValues.token })],
  ['in base64', Buffer.from(jsonKubeconfig({ token: kubeconfigSecretValues.token })).toString('base64')],
])('a kubeconfig given %s where its path belongs is not repeated', (_how, content) => {
  for (const [given, environment] of [
    [content, {}],
    [undefined, { KUBECONFIG: content }],
  ] as const) {
    const load = () => loadKubeconfig(given, environment);
    expect(load).toThrow(/holds a kubeconfig itself; write it to a file that only you may read, and give its path$/);
    expect(load).not.toThrow(content.slice(0, 12));
  }
});
