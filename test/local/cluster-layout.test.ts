import { describe, expect, test } from 'vitest';
import { clusterLayout } from '../../src/local/cluster-layout.ts';

describe('clusterLayout', () => {
  test('keeps everything of a cluster in one folder', () => {
    const { folder, lock, kwokFolder: _kwokFolder, name: _name, ...paths } = clusterLayout('/home/a', 'dev', '/tmp');
    expect(folder).toBe('/home/a/clusters/dev');
    expect(Object.values(paths).filter((path) => !path.startsWith(`${folder}/`))).toEqual([]);
    expect(lock).toBe('/home/a/clusters/.dev.lock');
  });

  test('moves sockets whose path the kernel would not take, and only those', () => {
    const home = `/home/${'long/'.repeat(20)}`;
    const { networkSocket, controlSocket, record } = clusterLayout(home, 'dev', '/tmp');
    expect(networkSocket).toMatch(/^\/tmp\/[0-9a-f]{16}-network\.sock$/);
    expect(controlSocket).toMatch(/^\/tmp\/[0-9a-f]{16}-control\.sock$/);
    expect(record.startsWith(home)).toBe(true);
    expect(clusterLayout(`${home}x`, 'dev', '/tmp').networkSocket).not.toBe(networkSocket);
  });

  test.each(['', 'Dev', '../dev', 'a b', '-a', 'a'.repeat(41)])('refuses the name "%s"', (name) => {
    expect(() => clusterLayout('/home', name, '/tmp')).toThrow(/not usable/);
  });
});
