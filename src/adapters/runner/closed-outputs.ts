import { writeSync } from 'node:fs';
import { exitCodes } from '../../errors.ts';

/** The reader has gone (`| head`), or the terminal has. */
const gone = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];

/**
 * Lets a run go on to its end when its output cannot be written any more: that must not end the process between two
 * changes to a cluster. Where nobody reads it, the run ends as it would have; where it is lost for another reason (a
 * disk that is full), that is said at the end, and a run that was done has failed.
 */
export function ignoreClosedOutputs(
  streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) {
    if (stream.listeners('error').includes(onError)) continue;
    stream.on('error', onError);
  }
}

let lost: NodeJS.ErrnoException | undefined;

function onError(error: NodeJS.ErrnoException): void {
  if (gone.includes(error.code ?? '') || lost !== undefined) return;
  lost = error;
  process.once('exit', () => {
    if (process.exitCode === undefined || process.exitCode === exitCodes.done) process.exitCode = exitCodes.failed;
    // Not through the stream, which may be the one that is broken.
    try {
      const cure = 'make room on the disk, or send the output elsewhere';
      writeSync(process.stderr.fd, `error: the output of the run cannot be written: ${error.message}; ${cure}\n`);
    } catch {}
  });
}
