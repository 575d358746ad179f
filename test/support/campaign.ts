/** What `npm run campaign` was given: its seed, and how often each property is tried. */
export const campaign = {
  seed: Number(process.env.CAMPAIGN_SEED ?? 1) | 0,
  /** The number of tries, or what `--runs` says instead. */
  runs: (usual: number) => Number(process.env.CAMPAIGN_RUNS ?? usual),
};
