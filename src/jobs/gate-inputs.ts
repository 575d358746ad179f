/** What a gate is told beside the bundle and the plan. */
export const gateInputs = {
  approve: { type: 'text', description: 'Digest of the plan that was looked at and approved.' },
  evidence: {
    type: 'list',
    description: 'Records of the promotions to the environments before, as promote wrote them.',
  },
} as const;
