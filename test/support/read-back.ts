import fc from 'fast-check';
import { DeliveryError } from '../../src/errors.ts';
import { damagedBytes, damagedJson } from './damage.ts';
import type { ReadBackFile } from './read-back-files.ts';

/** Milliseconds that a reader may take for one file; a machine that is busy takes longer than the file does. */
const longest = 10_000;

/** What is wrong with a reader: undefined where it gave a value, or an error that says what to do. */
async function faultOf({ read }: ReadBackFile, bytes: Buffer): Promise<unknown> {
  const started = performance.now();
  try {
    await read(bytes);
  } catch (error) {
    if (!(error instanceof DeliveryError)) return error;
    if (error.message.length > 20_000) return new Error(`its message has ${error.message.length} characters`);
  }
  const took = performance.now() - started;
  return took > longest ? new Error(`it took ${Math.round(took)} ms`) : undefined;
}

export interface Damage {
  runs: number;
  seed?: number;
}

/** Reads the genuine file, and so many damaged ones; throws with the first that is not refused by name. */
export async function readDamaged(file: ReadBackFile, { runs, seed }: Damage): Promise<void> {
  const { genuine, text = (json) => json } = file;
  await file.read(Buffer.from(text(JSON.stringify(genuine))));
  const printed = text(JSON.stringify(genuine, null, 2));
  const damaged = fc.oneof(
    { weight: 4, arbitrary: damagedJson(genuine).map((json) => Buffer.from(text(json))) },
    { weight: 1, arbitrary: damagedBytes(printed) },
  );
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const fault = await faultOf(file, bytes);
      if (fault !== undefined)
        throw new Error(`${file.name}: ${bytes.toString('utf8').slice(0, 2_000)}`, { cause: fault });
    }),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
}
