/** What whoever reads of a failure is to do; it depends on what was being carried out. */
export interface Cures {
  /** Once the cause is mended. */
  goOn: string;
  /** Where the cluster is no longer as the plan found it. */
  moved: string;
  /** Where an object of the bundle is refused. */
  refused: string;
}

export const promotionCures: Cures = {
  goOn: 'promote again: the same plan goes on where it stopped',
  moved: 'Plan again, and have the new plan approved',
  refused: 'correct it in the mesh file or its config, render and plan again',
};

/** An upgrade carries out the plan that it began with, to its end or back to where it came from. */
export const upgradeCures: Cures = {
  goOn: 'resume: the upgrade goes on where it stopped',
  moved: 'Have that undone and resume, or roll the upgrade back and plan it again',
  refused: 'have that allowed and resume, or roll the upgrade back, and correct it in the mesh file or its config',
};
