import type { AccessRule } from './access-rule.ts';
import { deliverRules } from './deliver-rules.ts';
import { lookRules } from './look-rules.ts';
import { upgradeRules } from './upgrade-rules.ts';

/** Every right that a command needs in a cluster: roles, preflight and docs/permissions.md are made from it. */
export const accessRules: readonly AccessRule[] = [...lookRules, ...deliverRules, ...upgradeRules];
