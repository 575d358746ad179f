import type { ToolchainOverrides } from '../adapters/toolchain/toolchain-settings.ts';
import type { InputValues } from './job.ts';

/** Inputs of every job that says where programs come from. */
export const toolInputs = {
  mirror: {
    type: 'text',
    description: 'Base URL that takes the place of every release host: `<mirror>/<path of the release>`.',
  },
  'lock-file': {
    type: 'text',
    description:
      'Lock file of your own: what it names is taken with that sha256 alone, and the sha256 that is published for anything else is written to it on first use.',
  },
  'trust-published': {
    type: 'flag',
    description: 'Take a release that nothing locks by the checksum that is published for it.',
  },
  locked: {
    type: 'flag',
    description: 'Take nothing that is not locked already: record no first use, and exempt no program of PATH.',
  },
} as const;

/** What these inputs change in the settings of the environment. */
export function toolOverrides(values: InputValues<typeof toolInputs>): ToolchainOverrides {
  return {
    mirror: values.mirror,
    lockFile: values['lock-file'],
    trustPublished: values['trust-published'] || undefined,
    locked: values.locked || undefined,
  };
}

/** For a job that is run by another one: the environment alone decides. */
export const noToolInputs: InputValues<typeof toolInputs> = {
  mirror: undefined,
  'lock-file': undefined,
  'trust-published': false,
  locked: false,
};
