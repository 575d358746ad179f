import { type AccessCommand, deliverCommands, lookCommands } from './access-rule.ts';

/** The two identities of an environment's clusters. */
export type AccountName = 'look' | 'deliver';

/** What each is for: the first one writes nothing, whatever it asks for. */
export const accountCommands: Record<AccountName, readonly AccessCommand[]> = {
  look: lookCommands,
  deliver: deliverCommands,
};

/** What the ServiceAccounts are called, and where they are. */
export interface AccessAccounts {
  namespace: string;
  /** Names of the ServiceAccounts, and of their roles and bindings. */
  names: Record<AccountName, string>;
}

export const defaultAccounts: AccessAccounts = {
  namespace: 'istio-delivery',
  names: { look: 'istio-delivery-look', deliver: 'istio-delivery-deliver' },
};
