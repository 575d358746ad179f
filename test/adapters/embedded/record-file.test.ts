import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecord, writeRecord } from '../../../src/adapters/embedded/record-file.ts';
import { describeFailure } from '../../../src/failure.ts';
import { processRecordSchema } from '../../../src/local/process-record.ts';
import { inFolder, onSmallDisk } from '../../support/folders.ts';

const record = { name: 'etcd', pid: 4711, startedAt: '99' };

test('a record is read as it was written, and there may be none', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'record.json');
    expect(readRecord(path, processRecordSchema)).toBeUndefined();
    expect(readRecord(join(path, 'below'), processRecordSchema)).toBeUndefined();
    writeRecord(path, record);
    expect(readRecord(path, processRecordSchema)).toEqual(record);
    expect(readRecord(join(path, 'below'), processRecordSchema)).toBeUndefined();
  }));

test.each([
  ['', 'it is empty'],
  ['{"name":"etcd","pid":', 'it is no JSON, or was cut off'],
  [JSON.stringify({ ...record, pid: 0 }), 'pid: expected the id of a process, got 0'],
  [JSON.stringify({ ...record, pid: '4711' }), 'pid: expected a number, got "4711"'],
  ['null', 'expected a mapping, got null'],
])('a record that was damaged is none that is missing: %s', (text, reason) =>
  inFolder(async (folder) => {
    const path = join(folder, 'record.json');
    writeFileSync(path, text);
    expect(() => readRecord(path, processRecordSchema)).toThrow(
      expect.objectContaining({
        code: 'RecordUnreadable',
        message: `${path} cannot be read: ${reason}; end what it was written for by hand, and delete it`,
      }),
    );
  }),
);

test.runIf(process.platform === 'linux')('a full disk leaves the record of before, and is no defect', (context) =>
  inFolder((folder) =>
    onSmallDisk(context, folder, async () => {
      const path = join(folder, 'record.json');
      writeRecord(path, record);
      let thrown: unknown;
      try {
        writeRecord(path, { ...record, name: 'x'.repeat(1024 * 1024) });
      } catch (error) {
        thrown = error;
      }
      expect(describeFailure(thrown)).toMatchObject({ code: 'MachineExhausted', kind: 'failed' });
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(record);
      expect(readdirSync(folder)).toEqual(['record.json']);
    }),
  ),
);
