import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { proxyDirectory } from '../../../src/adapters/istioctl/proxy-status.ts';
import type { ProxyDirectory } from '../../../src/ports/proxies.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-status-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A directory whose istioctl is this shell script. */
async function directoryOf(
  script: string,
  signal = new AbortController().signal,
  onWarning: (text: string) => void = () => {},
): Promise<ProxyDirectory> {
  const path = join(folder, 'istioctl');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  const istioctl = { name: 'istioctl', version: '1.31.0', path, sha256: '', source: 'test' } as const;
  return proxyDirectory({ istioctl, kubeconfig: '/k', context: 'dev', namespace: 'mesh', signal, onWarning });
}

describe('proxyDirectory', () => {
  test('asks the istiods of the revision, whatever istioctl is set to elsewhere', async () => {
    process.env.ISTIOCTL_XDS_ADDRESS = 'elsewhere:15012';
    const words = join(folder, 'words');
    const directory = await directoryOf(
      `echo "$@" > ${words}; env | grep ISTIOCTL >> ${words}; echo '{"resources": []}'`,
    );
    expect(await directory.connected('1-31-0')).toEqual([]);
    delete process.env.ISTIOCTL_XDS_ADDRESS;
    expect(await readFile(words, 'utf8')).toBe(
      'proxy-status --revision 1-31-0 --output json --context dev --istioNamespace mesh --kubeconfig /k --namespace= --xds-address= --log_target stderr\n',
    );
  });

  test.each([
    [
      'it fails',
      'echo "Error: no running Istio pods in mesh" >&2; exit 1',
      'no running Istio pods in mesh; see whether',
    ],
    ['it fails without a word', 'exit 64', 'istioctl ended with exit code 64'],
    ['it prints no JSON', 'echo No proxies', 'its answer cannot be read: expected JSON, got "No proxies"'],
  ])('cannot tell when %s', async (_name, script, reason) => {
    const directory = await directoryOf(script);
    await expect(directory.connected('1-31-0')).rejects.toMatchObject({
      code: 'ProxyStatusUnavailable',
      retryable: true,
      message: expect.stringContaining(reason),
    });
  });

  test('is not disturbed by what istioctl logs, and passes its warnings on', async () => {
    const log = String.raw`2026-11-29T00:51:07.431607Z\twarn\tklog\tcredentials expire soon\n`;
    const warnings: string[] = [];
    const directory = await directoryOf(`printf '${log}' >&2; echo '{"resources": []}'`, undefined, (text) =>
      warnings.push(text),
    );
    expect(await directory.connected('1-31-0')).toEqual([]);
    expect(warnings).toEqual(['klog: credentials expire soon']);
  });

  test('cannot tell when there is no istioctl', async () => {
    const directory = await directoryOf('exit 0');
    await rm(join(folder, 'istioctl'));
    await expect(directory.connected('1-31-0')).rejects.toMatchObject({ code: 'ProxyStatusUnavailable' });
  });

  test('ends istioctl when it is to stop', async () => {
    const stop = new AbortController();
    const directory = await directoryOf('sleep 60', stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 100);
    await expect(directory.connected('1-31-0')).rejects.toThrow('stopped');
  });
});
