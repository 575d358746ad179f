import { DeliveryError } from '../errors.ts';

/** The name stands in paths, contexts and command lines, so it is a DNS label and nothing else. */
export function checkedClusterName(name: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) return name;
  throw new DeliveryError(
    `cluster name "${name}" is not usable: it must be at most 40 lower-case letters, digits and dashes; give another name`,
    { code: 'ClusterNameInvalid', kind: 'usage' },
  );
}
