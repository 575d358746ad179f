/** What a run of istioctl printed, and what it warned of. */
export interface GeneratedManifest {
  manifest: string;
  warnings: string[];
}

/** Why istioctl does not render what it was given. */
export interface RefusedManifest {
  refusal: string;
}

/** Runs `istioctl manifest generate` of the mesh's version on an IstioOperator file. */
export type GenerateManifest = (istioOperator: string) => Promise<GeneratedManifest | RefusedManifest>;
