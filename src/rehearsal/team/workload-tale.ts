import type { KubernetesObject } from '../../ports/objects.ts';

/** A container that ended and was started again. */
export interface Restart {
  container: string;
  /** Milliseconds since 1970 when it was seen. */
  at: number;
  /** `OOMKilled (exit code 137)`. */
  how: string;
}

/** What was seen of a workload's pods over a time. */
export interface WorkloadTale {
  restarts: Restart[];
  /** Containers of it had been restarted before. */
  restartedBefore: boolean;
  /** Times without any ready pod, in milliseconds since 1970. */
  gaps: { from: number; to: number }[];
}

/** Collects what is seen of a workload's pods; the first look is where it begins. */
export interface WorkloadFollower {
  look(pods: readonly KubernetesObject[], seen: { at: number; ready: number }): void;
  end(at: number): WorkloadTale;
}

interface ContainerStatus {
  name: string;
  restartCount?: number;
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

export function followWorkload(): WorkloadFollower {
  const counts = new Map<string, number>();
  const restarts: Restart[] = [];
  const gaps: WorkloadTale['gaps'] = [];
  let begun = false;
  let restartedBefore = false;
  let awaySince: number | undefined;

  function count(pod: KubernetesObject, { name, restartCount = 0, lastState }: ContainerStatus, at: number): void {
    const key = `${pod.metadata.uid ?? pod.metadata.name} ${name}`;
    const before = counts.get(key) ?? 0;
    counts.set(key, Math.max(before, restartCount));
    if (!begun) {
      restartedBefore ||= restartCount > 0;
      return;
    }
    const { reason = 'ended', exitCode } = lastState?.terminated ?? {};
    const how = exitCode === undefined ? reason : `${reason} (exit code ${exitCode})`;
    for (let number = before; number < restartCount; number += 1) restarts.push({ container: name, at, how });
  }

  return {
    look(pods, { at, ready }) {
      for (const pod of pods) for (const status of statusesOf(pod)) count(pod, status, at);
      begun = true;
      if (ready === 0) awaySince ??= at;
      else if (awaySince !== undefined) {
        gaps.push({ from: awaySince, to: at });
        awaySince = undefined;
      }
    },
    end(at) {
      const open = awaySince === undefined ? [] : [{ from: awaySince, to: at }];
      return { restarts, restartedBefore, gaps: [...gaps, ...open] };
    },
  };
}

function statusesOf({ status }: KubernetesObject): ContainerStatus[] {
  const { containerStatuses = [], initContainerStatuses = [] } = (status ?? {}) as {
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
  return [...initContainerStatuses, ...containerStatuses];
}
