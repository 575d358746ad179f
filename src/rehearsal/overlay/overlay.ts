/** Which objects a patch is for. `*` stands for any number of characters. */
export interface PatchTarget {
  kind: string;
  name?: string;
  namespace?: string;
}

/** One change that a rehearsal makes to objects of a bundle when it applies them. */
export interface OverlayPatch {
  target: PatchTarget;
  /** Why, as the record tells it. */
  reason: string;
  /** A field that holds YAML or JSON as text, and whose content is merged: `data.mesh`. The object itself otherwise. */
  in?: string;
  /** Laid over what is there: null takes a field away, items of lists are found by their `name`. */
  merge: Record<string, unknown>;
}

/** What a rehearsal changes of a bundle beside what a small machine needs. */
export interface Overlay {
  patches: OverlayPatch[];
}
