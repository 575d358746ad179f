/** What decides about colours beside the environment. */
export interface OutputStream {
  isTTY?: boolean;
}

/**
 * Whether text for a stream is coloured: FORCE_COLOR decides where it is set, then NO_COLOR, then whether the stream is a
 * terminal that knows colours. https://no-color.org, https://force-color.org
 */
export function hasColours(stream: OutputStream, environment: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: force = '', NO_COLOR: none = '' } = environment;
  if (force !== '') return force !== '0' && force !== 'false';
  return none === '' && isInteractive(stream, environment);
}

/** Whether a line can be rewritten in place: a terminal that obeys control characters. */
export function isInteractive({ isTTY }: OutputStream, { TERM }: NodeJS.ProcessEnv): boolean {
  return isTTY === true && TERM !== 'dumb';
}
