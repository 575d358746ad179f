import type { ManifestValidation, ObjectRemark, ValidateManifests } from '../../bundle/config-validation.ts';
import { DeliveryError } from '../../errors.ts';
import type { Tool } from '../../ports/toolchain.ts';
import { bareEnvironment, istioctlPatience, runIstioctl } from './run-istioctl.ts';

/** Has this istioctl look at manifests, without a cluster. */
export function manifestValidator(istioctl: Tool, signal: AbortSignal): ValidateManifests {
  return async (manifests) => {
    const { exitCode, timedOut, output, errors } = await runIstioctl(istioctl, ['validate', '--filename', '-'], {
      input: manifests,
      environment: bareEnvironment(),
      signal,
      timeout: istioctlPatience,
    });
    const validation = parseValidation(`${output}\n${errors}`);
    if (exitCode === 0 || (validation.errors.length > 0 && !timedOut)) return validation;
    const reason = timedOut
      ? `it did not end within ${istioctlPatience / 1000} s`
      : errors.trim() || `exit code ${exitCode}`;
    throw new DeliveryError(
      `istioctl ${istioctl.version} cannot validate the configuration: ${reason}; run istioctl validate on it by hand`,
      { code: 'ValidateFailed' },
    );
  };
}

/** `	* VirtualService/shop/a: message`, in a list of warnings and then in one that begins with `Error: `. */
const remark = /^\s+\* ([A-Za-z]+)\/([^/\s]*)\/([^/\s]+): (.*)$/;

/** What `istioctl validate` prints. */
export function parseValidation(text: string): ManifestValidation {
  const validation: ManifestValidation = { errors: [], warnings: [] };
  let list = validation.warnings;
  let last: ObjectRemark | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('Error: ')) list = validation.errors;
    const [, kind, namespace, name, message] = remark.exec(line) ?? [];
    if (kind !== undefined && namespace !== undefined && name !== undefined && message !== undefined) {
      last = { kind, namespace, name, message };
      list.push(last);
    } else if (last !== undefined && /^\s+\S/.test(line)) {
      last.message += ` ${line.trim()}`;
    } else {
      last = undefined;
    }
  }
  return validation;
}
