import { defaultAccounts } from '../access/access-accounts.ts';
import { type AccessBundle, accessFacts } from '../access/access-facts.ts';
import { accessObjects } from '../access/access-objects.ts';
import { printAccess } from '../access/print-access.ts';
import { readBundle } from '../adapters/files/read-bundle.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { clusterBundle, environmentOf } from '../plan/plan-environment.ts';
import { environmentInputs } from './environment-inputs.ts';
import { defineJob, type JobContext } from './job.ts';
import { renderMesh } from './render-mesh.ts';

export const access = defineJob({
  name: 'access',
  description:
    'Prints the two accounts that deliver to an environment, with their roles and the policy that keeps the first from writing, for kubectl apply -f -.',
  surfaces: ['command'],
  inputs: {
    mesh: { type: 'text', description: 'Mesh file; or give a bundle.' },
    bundle: { type: 'text', description: 'Bundle: a folder or a .tgz that render wrote; or give a mesh file.' },
    environment: environmentInputs.environment,
    from: {
      type: 'text',
      description:
        'Bundle that runs there now, where it has objects that the other one has no longer: those of its revision.',
    },
    'every-namespace': {
      type: 'flag',
      description:
        "Let the account of upgrade move workloads in every namespace: needed where namespaces carry a group's tag that the mesh file does not name.",
    },
    namespace: { type: 'text', description: 'Namespace of the accounts.', default: defaultAccounts.namespace },
    look: {
      type: 'text',
      description: 'Name of the account of plan, gate, status and rehearse, and of its roles.',
      default: defaultAccounts.names.look,
    },
    deliver: {
      type: 'text',
      description: 'Name of the account of promote and upgrade, and of its roles.',
      default: defaultAccounts.names.deliver,
    },
  },
  outputs: {},
  async run({ mesh, bundle, environment, from, namespace, look, deliver, ...inputs }, context) {
    const coming = await givenBundle(mesh, bundle, context);
    const bundles = [coming, ...(from === undefined ? [] : [await readBundle(from)])];
    const [first, ...others] = bundles.flatMap((each) => partsOf(each, environment));
    if (first === undefined) throw new Error('an environment has a cluster');
    const facts = accessFacts([first, ...others], { everyNamespace: inputs['every-namespace'] });
    const objects = accessObjects(facts, { namespace, names: { look, deliver } });
    return {
      outputs: {},
      text: [...head(coming, environment), ...printAccess(objects).trimEnd().split('\n')],
      json: { apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) },
    };
  },
});

async function givenBundle(mesh: string | undefined, bundle: string | undefined, context: JobContext): Promise<Bundle> {
  if (bundle !== undefined && mesh === undefined) return readBundle(bundle);
  if (mesh !== undefined && bundle === undefined) return (await renderMesh(mesh, {}, context)).bundle;
  throw new DeliveryError('access takes a mesh file or a bundle, and just one of them; give either mesh or bundle', {
    code: 'InvalidInput',
    kind: 'usage',
  });
}

/** Of every cluster of the environment. */
function partsOf(bundle: Bundle, environment: string): AccessBundle[] {
  const { manifest } = bundle;
  return environmentOf(bundle, environment).clusters.map(({ name }) => ({
    manifest,
    bundle: clusterBundle(bundle, name),
  }));
}

function head({ manifest }: Bundle, environment: string): string[] {
  return [
    `# Accounts of istio-delivery for environment ${environment} of mesh ${manifest.mesh}, bundle ${manifest.digest}.`,
    '# Apply it to each of its clusters as an administrator: kubectl apply -f -',
    '# The policy needs Kubernetes 1.30. Without it the look account could write what it may dry-run: do not create',
    '# its roles on an older cluster.',
  ];
}
