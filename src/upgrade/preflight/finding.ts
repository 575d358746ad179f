/** What one check has found. */
export interface Trouble {
  /** `fail` stops the upgrade before it begins, `warn` is for a person to weigh, `note` is to be known. */
  level: 'fail' | 'warn' | 'note';
  /** What it is about, as a person reads it: `Deployment shop/storefront`. */
  object?: string;
  reason: string;
  cure: string;
}

export function fail(reason: string, cure: string, object?: string): Trouble {
  return trouble('fail', { reason, cure }, object);
}

export function warn(reason: string, cure: string, object?: string): Trouble {
  return trouble('warn', { reason, cure }, object);
}

export function note(reason: string, cure: string, object?: string): Trouble {
  return trouble('note', { reason, cure }, object);
}

function trouble(level: Trouble['level'], what: { reason: string; cure: string }, object: string | undefined): Trouble {
  return object === undefined ? { level, ...what } : { level, object, ...what };
}
