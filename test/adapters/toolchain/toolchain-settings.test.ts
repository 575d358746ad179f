import { chmodSync, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toolchainSettings } from '../../../src/adapters/toolchain/toolchain-settings.ts';
import { inFolder } from '../../support/folders.ts';

describe('settings from the environment', () => {
  test('off a runner keep everything in the XDG cache', () => {
    expect(toolchainSettings({ XDG_CACHE_HOME: '/cache' })).toMatchObject({
      home: '/cache/istio-delivery',
      toolCache: '/cache/istio-delivery/tools',
      temporary: '/cache/istio-delivery/tmp',
      locked: false,
      trustPublished: false,
      lockFile: undefined,
      mirror: undefined,
      apiUrl: 'https://api.github.com',
      explicit: {},
    });
    expect(toolchainSettings({}).home).toBe(join(homedir(), '.cache/istio-delivery'));
    expect(toolchainSettings({ ISTIO_DELIVERY_HOME: '/here' }).toolCache).toBe('/here/tools');
  });

  test('on a runner use its tool cache, its folder for temporary files and its API', () => {
    const env = { RUNNER_TOOL_CACHE: '/tools', RUNNER_TEMP: '/temp', GITHUB_API_URL: 'https://ghe.example/api/v3' };
    expect(toolchainSettings(env)).toMatchObject({
      toolCache: '/tools',
      temporary: '/temp',
      apiUrl: env.GITHUB_API_URL,
    });
  });

  test('leave a tool cache that everybody may write to to others', () =>
    inFolder(async (folder) => {
      chmodSync(folder, 0o777);
      const env = { RUNNER_TOOL_CACHE: folder, ISTIO_DELIVERY_HOME: join(folder, 'home') };
      expect(toolchainSettings(env).toolCache).toBe(join(folder, 'home', 'tools'));
      chmodSync(folder, 0o755);
      expect(toolchainSettings(env).toolCache).toBe(folder);
    }));

  test('refuse a home that others may write to', () =>
    inFolder(async (folder) => {
      chmodSync(folder, 0o777);
      expect(() => toolchainSettings({ ISTIO_DELIVERY_HOME: folder })).toThrow(
        `Folder ${folder} is not used: others may write to it (mode 0777); name another one with ISTIO_DELIVERY_HOME`,
      );
    }));

  test('name executables, the mirror and the lock', () => {
    const env = {
      PATH: '/a::/b',
      ISTIO_DELIVERY_KUBE_APISERVER: '/opt/kube-apiserver',
      ISTIO_DELIVERY_ETCD: '',
      ISTIO_DELIVERY_MIRROR: 'https://mirror.example',
      ISTIO_DELIVERY_LOCK: 'own.lock.json',
      ISTIO_DELIVERY_LOCKED: 'true',
    };
    expect(toolchainSettings(env)).toMatchObject({
      explicit: { 'kube-apiserver': '/opt/kube-apiserver' },
      mirror: 'https://mirror.example',
      lockFile: 'own.lock.json',
      locked: true,
      searchPath: ['/a', '/b'],
    });
  });

  test('stand back for what is given', () => {
    const env = { ISTIO_DELIVERY_MIRROR: 'https://mirror.example', ISTIO_DELIVERY_LOCKED: 'true' };
    expect(toolchainSettings(env, { mirror: 'https://other.example', locked: undefined })).toMatchObject({
      mirror: 'https://other.example',
      locked: true,
    });
  });

  test('take published checksums where that is said, but not together with what is locked alone', () => {
    expect(toolchainSettings({ ISTIO_DELIVERY_TRUST_PUBLISHED: 'true' })).toMatchObject({ trustPublished: true });
    const both = { ISTIO_DELIVERY_TRUST_PUBLISHED: 'true', ISTIO_DELIVERY_LOCKED: 'true' };
    expect(() => toolchainSettings(both)).toThrow('locked and trust-published contradict each other');
    expect(() => toolchainSettings({ ISTIO_DELIVERY_LOCKED: 'true' }, { trustPublished: true })).toThrow('contradict');
  });

  test.each([
    'mirror.example',
    'ftp://mirror.example',
    'https://user:secret@mirror.example',
    'https://mirror.example/?a=b',
  ])('refuse %s as a mirror, without repeating it', (mirror) => {
    const settings = () => toolchainSettings({ ISTIO_DELIVERY_MIRROR: mirror });
    expect(settings).toThrow(/^Mirror is no plain http or https URL/);
  });

  test("keep the runner's credentials and inputs from child processes", () => {
    const env = {
      PATH: '/bin',
      GOPROXY: 'https://proxy.example',
      ACTIONS_RUNTIME_TOKEN: 'secret',
      INPUT_TOKEN: 'secret',
    };
    expect(toolchainSettings(env).environment).toEqual({ PATH: '/bin', GOPROXY: 'https://proxy.example' });
  });

  test('find the package', () => {
    expect(existsSync(join(toolchainSettings({}).root, 'toolchain.lock.json'))).toBe(true);
  });
});
