import { sourceOf } from '../adapters/files/source-of.ts';
import { writeBundle } from '../adapters/files/write-bundle.ts';
import { renderMarkdown, renderText } from '../bundle/bundle-report.ts';
import { provenanceOf } from '../bundle/provenance.ts';
import { defineJob } from './job.ts';
import { renderMesh } from './render-mesh.ts';
import { toolInputs, toolOverrides } from './tool-inputs.ts';

export const render = defineJob({
  name: 'render',
  description: 'Renders the mesh file into a bundle: every object of every cluster of every environment, by digest.',
  surfaces: ['action', 'command'],
  inputs: {
    mesh: { type: 'text', description: 'Path of the mesh file.', required: true },
    out: {
      type: 'text',
      description: 'Directory to write the bundle to, or a file that ends in .tgz. A bundle that is there is replaced.',
      required: true,
    },
    ...toolInputs,
  },
  outputs: {
    digest: 'Digest of the bundle: what is promoted, the same on every machine.',
    bundle: 'Path of the bundle.',
    version: 'Version of Istio.',
    revision: 'Revision of Istio.',
  },
  async run({ mesh: file, out, ...tools }, { reporter, clock, signal }) {
    const { bundle, istioctl } = await renderMesh(file, toolOverrides(tools), { reporter, signal });
    const { version, revision } = bundle.manifest.istio;
    const { digest } = bundle.manifest;
    const source = await sourceOf(file);
    const { sources } = bundle;
    await writeBundle(bundle, provenanceOf({ digest, at: clock.now(), source, tools: [istioctl], sources }), out);
    return {
      outputs: { digest, bundle: out, version, revision },
      text: renderText(bundle, out),
      json: { ...bundle.manifest, bundle: out },
      summary: renderMarkdown(bundle),
    };
  },
});
