import { writeTextFile } from '../adapters/files/text-files.ts';
import { DeliveryError } from '../errors.ts';
import { jsonText } from '../text/json-text.ts';
import type { JobResult } from './job.ts';

export interface LeftFile<O extends string> {
  /** Output that tells its path. */
  output: O;
  path: string;
  content: string;
  /** What it is, where its content is to be printed when it cannot be written. */
  printedAs?: string;
}

/**
 * Writes the files of a run whose work is done. One that cannot be written fails the run and takes nothing else of its
 * outcome away: what the run did is told all the same, and so is its record.
 */
export async function leaveFiles<O extends string>(
  result: JobResult<O>,
  files: readonly LeftFile<NoInfer<O>>[],
): Promise<JobResult<O>> {
  let left = result;
  for (const { output, path, content, printedAs } of files) {
    try {
      await writeTextFile(path, content);
      left = { ...left, outputs: { ...left.outputs, [output]: path } };
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      const { failure, outputs, text } = left;
      left = {
        ...left,
        outputs: { ...outputs, [output]: '' },
        text:
          printedAs === undefined
            ? text
            : [...text, '', `${printedAs}, which could not be written:`, ...content.trimEnd().split('\n')],
        failure: {
          kind: failure?.kind ?? 'failed',
          reason: [...(failure ? [failure.reason] : []), error.message].join('\n'),
        },
      };
    }
  }
  return left;
}

/** A document of ours, as it stands in its file. */
export function jsonFile(document: unknown): string {
  return `${jsonText(document, { indent: 2 })}\n`;
}
