import type { OpenUpgrade, StepEntry } from './open-upgrade.ts';
import type { StepId } from './upgrade-steps.ts';

/** What a bundle is to the upgrade that is open: where it goes to, where it comes from, or neither. */
export type BundleRole = 'target' | 'source' | 'neither';

/** The commands that change the mesh while an upgrade is open. */
export const openCommands = ['start', 'resume', 'rollback', 'finish', 'promote'] as const;

export type OpenCommand = (typeof openCommands)[number];

/** What a command would do now. */
export type Outlook =
  | { kind: 'runs'; does: string }
  /** `code`: a stable name, for machines. */
  | { kind: 'refused'; code: string; reason: string; remedy: string };

/** A bundle by its digest and revision. */
export interface GivenBundle {
  digest: string;
  revision: string;
}

export function roleOf(digest: string, open: Pick<OpenUpgrade, 'old' | 'new'>): BundleRole {
  if (digest === open.new.bundle) return 'target';
  return digest === open.old.bundle ? 'source' : 'neither';
}

/** The step that the next run begins with or goes on with; undefined where nothing but the retirement is left. */
export function standsAt({ direction, steps }: Pick<OpenUpgrade, 'direction' | 'steps'>): StepEntry | undefined {
  if (direction === 'back') return steps.findLast(({ status }) => status !== 'pending' && status !== 'undone');
  return steps.find(({ step, status }) => status !== 'done' && !(step === 'retire' && status === 'pending'));
}

/** What one command with this bundle would do while the upgrade is open. */
export function outlookOn(command: OpenCommand, bundle: GivenBundle, open: OpenUpgrade): Outlook {
  switch (command) {
    case 'start':
    case 'resume':
      return open.direction === 'back' ? whileGoingBack(command, bundle, open) : goingForward(bundle, open);
    case 'finish':
      return open.direction === 'back' ? whileGoingBack(command, bundle, open) : finishing(bundle, open);
    case 'rollback':
      return goingBack(open);
    case 'promote':
      return amending(open);
  }
}

function goingForward(bundle: GivenBundle, open: OpenUpgrade): Outlook {
  const refusal = refusalOf(bundle, open);
  if (refusal) return refusal;
  const { step } = standsAt(open) ?? {};
  return {
    kind: 'runs',
    does: step === undefined ? 'nothing is left to do before finish' : `goes on with step ${step}`,
  };
}

function finishing(bundle: GivenBundle, open: OpenUpgrade): Outlook {
  const refusal = refusalOf(bundle, open);
  if (refusal) return refusal;
  const left = open.steps.flatMap(({ step, status }) => (step === 'retire' || status === 'done' ? [] : [step]));
  if (left.length > 0) {
    return {
      kind: 'refused',
      code: 'NotReadyToFinish',
      reason: `${left.join(', ')} not done yet`,
      remedy: 'resume first',
    };
  }
  return { kind: 'runs', does: `retires ${open.old.istio.revision}, once nothing uses it` };
}

/** The bundle that a run forward is given must be the one that the upgrade goes to. */
function refusalOf(bundle: GivenBundle, open: OpenUpgrade): Outlook | undefined {
  const { id, since, old, new: coming } = open;
  const back = `rollback goes back to ${old.istio.revision}`;
  switch (roleOf(bundle.digest, open)) {
    case 'target':
      return undefined;
    case 'source':
      return {
        kind: 'refused',
        code: 'SourceBundle',
        reason: `this is the bundle that upgrade ${id} to ${coming.istio.revision} comes from`,
        remedy: `${back}; to go on, give bundle ${coming.bundle}`,
      };
    case 'neither':
      return {
        kind: 'refused',
        code: 'AnotherUpgrade',
        reason: `upgrade ${id} is open since ${since}, to bundle ${coming.bundle}, not to ${bundle.digest}`,
        remedy:
          bundle.revision === old.istio.revision
            ? `${back}; to go on, give the upgrade's own bundle`
            : 'resume it with its own bundle, or roll it back',
      };
  }
}

/** A rollback that was begun is brought to its end before anything goes forward again. */
function whileGoingBack(command: 'start' | 'resume' | 'finish', bundle: GivenBundle, open: OpenUpgrade): Outlook {
  if (command === 'resume' && roleOf(bundle.digest, open) !== 'neither') return goingBack(open);
  if (command === 'resume') return refusalOf(bundle, open) ?? goingBack(open);
  return {
    kind: 'refused',
    code: 'RollbackUnderWay',
    reason: `upgrade ${open.id} is being rolled back to ${open.old.istio.revision}`,
    remedy: 'bring that to its end with rollback or resume, then plan and start again',
  };
}

/** Whatever bundle is given: a rollback goes by what the cluster has stored of the upgrade. */
function goingBack({ direction, steps, old }: OpenUpgrade): Outlook {
  if (steps.some(({ step, status }) => step === 'retire' && status !== 'pending')) {
    return {
      kind: 'refused',
      code: 'RollbackTooLate',
      reason: `the retirement of ${old.istio.revision} has begun`,
      remedy: 'finish it, or upgrade to a bundle of that version',
    };
  }
  const undone: StepId[] = steps
    .filter(({ step, status }) => step !== 'preflight' && status !== 'pending' && status !== 'undone')
    .map(({ step }) => step)
    .toReversed();
  const what = undone.length === 0 ? 'nothing has to be undone' : `undoes ${undone.join(', ')}`;
  return {
    kind: 'runs',
    does: `${direction === 'back' ? 'continues the rollback' : 'goes back'} to ${old.istio.revision}: ${what}`,
  };
}

/** One configuration cannot be put in the place of two: what only one revision has would be lost to it. */
function amending({ id, old, new: coming }: OpenUpgrade): Outlook {
  if (old.stages.config === coming.stages.config) {
    return { kind: 'runs', does: 'changes the configuration alone, for both revisions; moves nothing' };
  }
  return {
    kind: 'refused',
    code: 'UpgradeOpen',
    reason: `upgrade ${id} is under way, and its two bundles (revisions ${old.istio.revision} and ${coming.istio.revision}) differ in their configuration, so that no third one can stand for both`,
    remedy: 'finish the upgrade or roll it back first',
  };
}
