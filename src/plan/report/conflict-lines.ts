import { formatObjectId, type ObjectId } from '../../ports/objects.ts';
import type { ClusterPlan } from '../plan.ts';

/** Fields of one path that somebody owns in objects of one kind. */
interface Finding {
  owner: string;
  kind: string;
  path: string;
  ids: Map<string, ObjectId>;
  clusters: Set<string>;
}

/**
 * The fields that stop a plan because others own them, with the ways out: one line for each owner, kind and field,
 * whatever the number of objects and clusters.
 */
export function conflictLines(plans: readonly Pick<ClusterPlan, 'cluster' | 'problems'>[]): string[] {
  const findings = new Map<string, Finding>();
  for (const { cluster, problems } of plans) {
    for (const problem of problems) {
      if (problem.kind !== 'conflict') continue;
      for (const { owner, field } of problem.conflicts) {
        const { kind } = problem.id;
        const path = declaredPath(field);
        const key = JSON.stringify([owner, kind, path]);
        const found = findings.get(key) ?? { owner, kind, path, ids: new Map(), clusters: new Set() };
        found.ids.set(formatObjectId(problem.id), problem.id);
        found.clusters.add(cluster);
        findings.set(key, found);
      }
    }
  }
  return [...findings.values()].map((finding) => lineOf(finding, plans.length));
}

function lineOf(finding: Finding, clusters: number): string {
  const { owner, kind, path, ids } = finding;
  const [[first = '', id] = []] = ids;
  const others = ids.size > 1 ? ` (and ${ids.size - 1} more)` : '';
  const where = clusters > 1 ? ` in ${[...finding.clusters].join(', ')}` : '';
  const name = ids.size > 1 ? '' : `, name: ${id?.name}`;
  const entry = `{kind: ${kind}${name}, path: ${yamlText(path)}, owner: ${yamlText(owner)}, reason: …}`;
  return `"${owner}" owns ${path} of ${first}${others}${where}: give it up there, or declare it in the mesh file: fields: [${entry}], or plan with force-conflicts to take it${optOut(owner)}`;
}

function optOut(owner: string): string {
  if (owner !== 'admissionsenforcer') return '';
  return '; the label admissions.enforcer/disabled: "true" on the configuration keeps the admissions enforcer of AKS off it';
}

/** Mappings whose keys are names, which can have dots. */
const named = /^(.*\.(?:labels|annotations|matchLabels|selector|nodeSelector|data))\.([^[\]]*[./][^[\]]*)$/;

/** The field as the mesh file takes it: whichever item of a list it is. */
function declaredPath(field: string): string {
  const path = field.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]"]|"(?:[^"\\]|\\.)*")*\]/g, '[*]').replace(/(?:\[\*\])+$/, '');
  return path.replace(named, (_, holder: string, key: string) => `${holder}[${JSON.stringify(key)}]`);
}

function yamlText(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
