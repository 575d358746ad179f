/** The reader has gone (`| head`), or the terminal has. */
const gone = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];

/**
 * Lets a run go on to its end when nobody reads its output any more: a write that fails for that must not end the
 * process between two changes to a cluster.
 */
export function ignoreClosedOutputs(
  streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) {
    if (stream.listeners('error').includes(onError)) continue;
    stream.on('error', onError);
  }
}

function onError(error: NodeJS.ErrnoException): void {
  if (!gone.includes(error.code ?? '')) throw error;
}
