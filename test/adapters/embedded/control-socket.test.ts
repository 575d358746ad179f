import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFaults, setFaults, startControlSocket } from '../../../src/adapters/embedded/control-socket.ts';
import { type Fault, parseFaults } from '../../../src/local/fault.ts';

describe('control socket', () => {
  let folder: string;
  let path: string;
  let faults: Fault[];
  let control: { close(): void };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'control-socket-'));
    path = join(folder, 'control.sock');
    faults = [];
    control = await startControlSocket(path, {
      'GET /faults': () => faults,
      'PUT /faults': async (body) => {
        faults = parseFaults(body);
      },
      'GET /broken': () => {
        throw new Error('a defect');
      },
    });
  });

  afterEach(() => {
    control.close();
    rmSync(folder, { recursive: true });
  });

  function ask(method: string, url: string, body?: string): Promise<[number | undefined, string]> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: path, method, path: url }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve([response.statusCode, text]));
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  test('sets faults, tells them, and sets others in their place', async () => {
    const down: Fault = { kind: 'istiod', revision: '1-31-0', failure: 'down' };
    await setFaults(path, [down]);
    expect(await readFaults(path)).toEqual([down]);
    await setFaults(path, []);
    expect(await readFaults(path)).toEqual([]);
  });

  test('answers 400 with the reason to what is no set of faults, and keeps those that are', async () => {
    await setFaults(path, [{ kind: 'pod', failure: 'never-ready' }]);
    expect(await ask('PUT', '/faults', '[{"kind":"disk"}]')).toEqual([400, expect.stringContaining('faults[0].kind')]);
    expect(await ask('PUT', '/faults', '[')).toEqual([400, expect.stringContaining('not JSON')]);
    expect(await ask('PUT', '/faults')).toEqual([400, expect.stringContaining('expected a list, got nothing')]);
    await expect(setFaults(path, {} as Fault[])).rejects.toMatchObject({ code: 'FaultsRefused' });
    expect(await readFaults(path)).toEqual([{ kind: 'pod', failure: 'never-ready' }]);
  });

  test('answers 404 to an unknown path and 500 to a defect', async () => {
    expect(await ask('GET', '/nothing')).toEqual([404, '{"error":"no such path: /nothing"}']);
    expect(await ask('GET', '/broken')).toEqual([500, '{"error":"a defect"}']);
  });

  test('says that no daemon answers', async () => {
    const nobody = join(folder, 'nobody.sock');
    await expect(setFaults(nobody, [])).rejects.toThrow(/^faults were not set: no daemon answers at .*; run local up$/);
    expect(await readFaults(nobody)).toBeUndefined();
  });

  test('nobody is asked, and nobody is answered, in a folder that others may enter', async () => {
    chmodSync(folder, 0o755);
    const refused = { code: 'FolderNotPrivate', message: expect.stringContaining('others may enter it (mode 0755)') };
    await expect(readFaults(path)).rejects.toMatchObject(refused);
    await expect(startControlSocket(join(folder, 'other.sock'), {})).rejects.toMatchObject(refused);
  });
});
