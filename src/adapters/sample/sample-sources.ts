import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliveryError, messageOf } from '../../errors.ts';

/** 12 hex digits over everything that decides what is in the sample's image. */
export async function sampleDigest(folder: string, decided: { base: string; architecture: string }): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([decided.base, decided.architecture]));
  for (const name of await sourceNames(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    hash.update(JSON.stringify([name, text]));
  }
  return hash.digest('hex').slice(0, 12);
}

async function sourceNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new DeliveryError(
      `The sample's sources cannot be read: ${messageOf(error)}; run it from a whole checkout, or give an image of the sample`,
      { code: 'SampleSourcesMissing', cause: error },
    );
  });
  return names.filter((name) => !name.endsWith('_test.go')).sort();
}
