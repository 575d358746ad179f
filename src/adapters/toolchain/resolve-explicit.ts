import { access, constants } from 'node:fs/promises';
import { DeliveryError, messageOf } from '../../errors.ts';
import { requireVersion } from './ask-version.ts';
import { fileDigest } from './file-digest.ts';
import type { Resolver } from './resolver.ts';
import { explicitPathVariable } from './toolchain-settings.ts';

/** The executable that the caller named. It is the caller's word against any lock, but must be the version wanted. */
export const resolveExplicit: Resolver = async (context, request) => {
  const { name, version } = request;
  const path = context.settings.explicit[name];
  const source = explicitPathVariable(name);
  if (path === undefined) return { kind: 'passed', source, reason: 'is not set', why: 'absent' };
  await access(path, constants.X_OK).catch((cause) => {
    throw new DeliveryError(`${source} names ${path}, which cannot be run: ${messageOf(cause)}; correct or unset it.`, {
      code: 'ExplicitToolUnusable',
      kind: 'usage',
      cause,
    });
  });
  await requireVersion(context, request, { path, source });
  return { kind: 'found', tool: { name, version, path, sha256: await fileDigest(path), source } };
};
