import { createHash } from 'node:crypto';
import { canonicalJson } from '../bundle/canonical-json.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** `sha256:<hex>` of a value, the same whatever order its fields are written in. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/**
 * A Secret with each value replaced by a hash, salted so that equal values of two clusters cannot be told to be equal;
 * every other object as it is.
 */
export function withoutSecrets(object: KubernetesObject, salt: string): KubernetesObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const hashed = (values: unknown, encoding: 'base64' | 'utf8') =>
    Object.fromEntries(
      Object.entries((values ?? {}) as Record<string, string>).map(([key, value]) => [
        key,
        digestOf([salt, key, Buffer.from(value, encoding).toString('base64')]),
      ]),
    );
  const { stringData, data, ...rest } = object;
  return { ...rest, data: { ...hashed(data, 'base64'), ...hashed(stringData, 'utf8') } };
}
