import { formatObjectId } from '../../ports/objects.ts';
import type { ClusterPlan } from '../plan.ts';

/** Fields of one path that somebody owns in objects of one kind. */
interface Finding {
  owner: string;
  kind: string;
  path: string;
  /** Each object with the very fields, by what is shown of it. */
  places: Map<string, Place>;
}

interface Place {
  object: string;
  name: string;
  field: string;
  clusters: Set<string>;
}

/**
 * The fields that stop a plan because others own them, with the ways out: one finding for each owner, kind and field,
 * whatever the number of objects and clusters. Where it is about several, they follow it, a line each.
 */
export function conflictLines(plans: readonly Pick<ClusterPlan, 'cluster' | 'problems'>[]): string[] {
  const findings = new Map<string, Finding>();
  for (const { cluster, problems } of plans) {
    for (const problem of problems) {
      if (problem.kind !== 'conflict') continue;
      const { kind, name } = problem.id;
      const object = formatObjectId(problem.id);
      for (const { owner, field } of problem.conflicts) {
        const path = declaredPath(field);
        const key = JSON.stringify([owner, kind, path]);
        const found = findings.get(key) ?? { owner, kind, path, places: new Map<string, Place>() };
        const place = found.places.get(`${object} ${field}`) ?? { object, name, field, clusters: new Set<string>() };
        place.clusters.add(cluster);
        found.places.set(`${object} ${field}`, place);
        findings.set(key, found);
      }
    }
  }
  return [...findings.values()].flatMap((finding) => linesOf(finding, plans.length));
}

function linesOf({ owner, kind, path, places }: Finding, clusters: number): string[] {
  const each = [...places.values()];
  const objects = new Set(each.map(({ object }) => object));
  const names = new Set(each.map(({ name }) => name));
  const name = names.size > 1 ? '' : `, name: ${[...names].join()}`;
  const entry = `{kind: ${kind}${name}, path: ${yamlText(path)}, owner: ${yamlText(owner)}, reason: …}`;
  const what = objects.size > 1 ? `${objects.size} ${kind} objects` : [...objects].join();
  const listed = each.map(({ object, field, clusters: here }) =>
    [`  ${object}: ${field}`, ...(clusters > 1 ? [`in ${[...here].join(', ')}`] : [])].join(' '),
  );
  return [
    `"${owner}" owns ${path} of ${what}: give it up there, or declare it in the mesh file: fields: [${entry}], or plan with force-conflicts to take it${optOut(owner)}`,
    ...(each.length > 1 || clusters > 1 || each[0]?.field !== path ? listed : []),
  ];
}

function optOut(owner: string): string {
  if (owner !== 'admissionsenforcer') return '';
  return '; the label admissions.enforcer/disabled: "true" on the configuration keeps the admissions enforcer of AKS off it';
}

/** Mappings whose keys are names, which can have dots. */
const named = /^(.*\.(?:labels|annotations|matchLabels|selector|nodeSelector|data))\.([^[\]]*[./][^[\]]*)$/;

const longestPath = 4096;

/** The field as the mesh file takes it: whichever item of a list it is. */
function declaredPath(field: string): string {
  // Whoever names a list's item names the field: nobody declares one as long as that.
  if (field.length > longestPath) return field;
  const path = field.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]["])*\]/g, '[*]').replace(/(?:\[\*\])+$/, '');
  return path.replace(named, (_, holder: string, key: string) => `${holder}[${JSON.stringify(key)}]`);
}

function yamlText(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
