import { describe, test } from 'vitest';
import { meshFile } from './support/mesh-files.ts';
import { readDamaged } from './support/read-back.ts';
import { readBackFiles } from './support/read-back-files.ts';

/** More of them: npm run campaign. */
describe('a file that was damaged is read as what it says, or refused by name', () => {
  test.each([...readBackFiles, meshFile].map((file) => [file.name, file] as const))('%s', (_name, file) =>
    readDamaged(file, { runs: 200 }),
  );
});
