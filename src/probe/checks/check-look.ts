/** Something that is not as it should be. */
export interface Trouble {
  /** As a person reads it: `Pod shop/cart-1`. */
  subject: string;
  /** Follows the subject. */
  reason: string;
}

/** What one look at the mesh has come to. */
export type CheckLook =
  | { kind: 'seen'; facts: string; troubles: Trouble[] }
  /** Nothing is known. */
  | { kind: 'unseen'; reason: string };
