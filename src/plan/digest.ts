import { createHash } from 'node:crypto';
import { canonicalJson } from '../bundle/canonical-json.ts';

/** `sha256:<hex>` of a value, the same whatever order its fields are written in. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
