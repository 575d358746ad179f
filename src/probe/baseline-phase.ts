/** The phase that everything later is compared with. */
export const baselinePhase = 'before';
