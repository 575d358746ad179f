import { DeliveryError } from '../errors.ts';
import type { GroupPolicy } from '../mesh/upgrade-policy.ts';
import { count } from '../plan/report/words.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { NamespaceEntry } from './journal.ts';
import type { UpgradeRun } from './upgrade-run.ts';
import { groupNamespaces } from './workloads/group-namespaces.ts';
import { moveNamespace } from './workloads/move-namespace.ts';
import { bringToTag, restoreLabels } from './workloads/namespace-label.ts';

/** Which way the namespaces of a group go. */
interface Direction {
  /** The revision that their tag points at by now. */
  revision: string;
  /** What a restarted workload carries. */
  restart: string;
  moving: 'moving' | 'moving back';
  moved: 'moved' | 'moved back';
}

/** Moves the namespaces of a group, one after the other, to the new revision; their tag must point there already. */
export async function moveGroup(run: UpgradeRun, group: GroupPolicy): Promise<void> {
  const { id, new: to } = run.keeper.journal;
  await moveNamespaces(run, group, {
    revision: to.istio.revision,
    restart: id,
    moving: 'moving',
    moved: 'moved',
  });
}

/** Moves the namespaces of a group back to the old revision, with the labels that they had. */
export async function moveGroupBack(run: UpgradeRun, group: GroupPolicy): Promise<void> {
  const { id, old } = run.keeper.journal;
  await moveNamespaces(run, group, {
    revision: old.istio.revision,
    restart: `${id}-back`,
    moving: 'moving back',
    moved: 'moved back',
  });
}

async function moveNamespaces(run: UpgradeRun, group: GroupPolicy, direction: Direction): Promise<void> {
  const { keeper, context } = run;
  const done = new Set<string>();
  await run.progress.begin();
  // A namespace that joins the group while it moves is found by the next look.
  for (
    let next = await nextNamespaces(run, group, done);
    next.length > 0;
    next = await nextNamespaces(run, group, done)
  ) {
    for (const namespace of next) {
      done.add(namespace.metadata.name);
      const known = entryOf(run, group, namespace);
      if (known?.state === direction.moved) {
        run.progress.add(namespace.metadata.name, known.workloads);
        continue;
      }
      context.signal.throwIfAborted();
      await stopForPause(run);
      await moveOne(run, group, { namespace, direction });
    }
  }
  const skipped = Object.values(keeper.journal.groups[group.name] ?? {}).flatMap((entry) => entry.skipped);
  for (const { object, reason, cure } of skipped) context.reporter.line(`skipped ${object}: ${reason}; ${cure}`);
}

async function nextNamespaces(run: UpgradeRun, group: GroupPolicy, done: Set<string>): Promise<KubernetesObject[]> {
  const { items } = await run.context.cluster.list({ apiVersion: 'v1', kind: 'Namespace' });
  const names = groupNamespaces(group, items);
  return items.filter(({ metadata }) => names.includes(metadata.name) && !done.has(metadata.name));
}

async function moveOne(
  run: UpgradeRun,
  group: GroupPolicy,
  { namespace, direction }: { namespace: KubernetesObject; direction: Direction },
): Promise<void> {
  const { context, keeper, census } = run;
  const { name } = namespace.metadata;
  const before = entryOf(run, group, namespace);
  const forward = direction.moving === 'moving';
  const entry: NamespaceEntry = { ...before, state: direction.moving, workloads: before?.workloads ?? 0, skipped: [] };
  await keeper.write((journal) => {
    journal.groups[group.name] = { ...journal.groups[group.name], [name]: entry };
  });
  if (forward) {
    await bringToTag(context, {
      namespace: name,
      tag: group.tag,
      label: group.label,
      // What an earlier run noted was so before that run changed it.
      announce: (labels) => keeper.write(() => Object.assign(entry, { labels: entry.labels ?? labels })),
    });
  } else if (entry.labels) await restoreLabels(context, name, entry.labels);
  const { workloads, skipped } = await moveNamespace(context, {
    namespace: name,
    revision: direction.revision,
    restart: direction.restart,
    batch: group.batch,
    onProgress: ({ done }) => run.progress.tell({ group: group.name, namespace: name, done }),
  });
  run.progress.add(name, workloads);
  await census.look(name);
  keeper.note((journal) => {
    Object.assign(entry, { state: direction.moved, workloads, skipped });
    journal.timeline.push({ at: context.clock.now().toISOString(), proxies: census.counts() });
  });
  context.reporter.line(
    `${context.cluster.name} · ${group.name} · ${name}: ${count(workloads, 'workload')} ${workloads === 1 ? 'runs' : 'run'} with ${direction.revision}`,
  );
}

function entryOf({ keeper }: UpgradeRun, group: GroupPolicy, { metadata }: KubernetesObject) {
  return keeper.journal.groups[group.name]?.[metadata.name];
}

/** Ends the run where somebody has asked for that. */
export async function stopForPause({ keeper, context }: UpgradeRun): Promise<void> {
  const by = await keeper.pausedBy();
  if (by === undefined) return;
  // What is done by now is not done again.
  await keeper.write(() => undefined);
  throw new DeliveryError(`upgrade of cluster ${context.cluster.name} is paused: ${by} asked for it`, {
    remedy: 'resume goes on',
    code: 'UpgradePaused',
    kind: 'interrupted',
    retryable: true,
  });
}
