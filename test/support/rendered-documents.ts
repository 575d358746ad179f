import { renderMarkdown, renderText } from '../../src/bundle/bundle-report.ts';
import { DeliveryError } from '../../src/errors.ts';
import { describeFailure } from '../../src/failure.ts';
import { passLines, verdictLines } from '../../src/gate/verdict.ts';
import { invalidFile } from '../../src/mesh/finding-lines.ts';
import { formatProblems } from '../../src/mesh/problem.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { DifferenceReport } from '../../src/plan/report/difference-section.ts';
import { planMarkdown } from '../../src/plan/report/plan-markdown.ts';
import { planReport } from '../../src/plan/report/plan-report.ts';
import { planText } from '../../src/plan/report/plan-text.ts';
import { htmlReport } from '../../src/record/html-report.ts';
import { promotionFailure } from '../../src/record/promotion-failure.ts';
import { rehearsalReport } from '../../src/record/rehearsal-report.ts';
import { rehearsalMarkdown, rehearsalText } from '../../src/record/rehearsal-summary.ts';
import { statusMarkdown, statusText } from '../../src/record/status.ts';
import { recordMarkdown, recordText, verdictTable } from '../../src/record/summary.ts';
import { upgradeMarkdown, upgradeText } from '../../src/record/upgrade-summary.ts';
import { type Markdown, markdownLines } from '../../src/text/markdown.ts';
import { findingLines } from '../../src/upgrade/preflight/preflight.ts';
import { bundleOf } from './bundles.ts';
import {
  differences,
  failedRehearsal,
  failedVerdict,
  fullPlan,
  preflight,
  promotionRecord,
  statuses,
  upgradeRecord,
} from './hostile-inputs.ts';
import { keysAt, type Place, placesOf, placeText } from './hostile-text.ts';

/** A document that holds text of others, the places of that in it, and what is made of it for somebody to read. */
export interface RenderedDocument {
  name: string;
  document: unknown;
  places: Place[];
  markdown?: (document: never) => Markdown;
  /** For a log, an entry each. */
  text?: (document: never) => readonly string[];
  html?: (document: never) => string;
}

interface Declared<T> extends Omit<RenderedDocument, 'places' | 'markdown' | 'text' | 'html'> {
  document: T;
  /** Words that this code alone writes, and by which it decides what is rendered, as `placeText` writes their places. */
  decides?: RegExp;
  /** Mappings whose keys are names of others. */
  names?: readonly (string | number)[][];
  markdown?: (document: T) => Markdown;
  text?: (document: T) => readonly string[];
  html?: (document: T) => string;
}

function rendered<T>({ decides = /^$/, names = [], ...rest }: Declared<T>): RenderedDocument {
  // A name is changed after what is under it.
  const inner = names.toSorted((left, right) => right.length - left.length);
  const places = [...placesOf(rest.document), ...inner.flatMap((path) => keysAt(rest.document, path))];
  return { ...rest, places: places.filter((place) => !decides.test(placeText(place))) } as RenderedDocument;
}

/** The time of a measurement is a number to a plot, and its form is checked where it is read. */
const ofProbe = 'probe/(verdict/result|phases/\\d+/(from|to)|failures/\\d+/at|(metrics|checks)/\\d+/result)';
const ofJournal =
  'journal/(apiVersion|state|direction|since|steps/.*|timeline/\\d+/at|failure/(at|step)|groups/.*/state)';

export const renderedDocuments: readonly RenderedDocument[] = [
  rendered({
    name: 'a plan',
    document: { plan: fullPlan(), differences: differences(), piece: 'one' },
    decides:
      /^\/plan\/(apiVersion|kind|clusters\/\d+\/(changes\/\d+\/(action|stage|fields\/1\/patch\/0)|problems\/\d+\/(kind|stage)|open\/(direction|role|steps\/\d+\/status|commands\/\w+\/kind))|upgrade\/policy\/groups\/\d+\/label)$|^\/differences\/\d+\/differences\/\d+\/kind$/,
    names: [
      ['plan', 'clusters', 0, 'changes', 0, 'after', 'data'],
      ['plan', 'upgrade', 'probe', 'targets', 0, 'headers'],
    ],
    markdown: (each) => planMarkdown(reportOf(each), { file: 'plan.diff' }),
    text: (each) => planText(reportOf(each)),
  }),
  rendered({
    name: 'a plan without problems',
    document: { ...fullPlan(), clusters: fullPlan().clusters.map((cluster) => ({ ...cluster, problems: [] })) },
    decides:
      /^\/(apiVersion|kind|clusters\/\d+\/(changes|open|policy|left|warnings)\/.*|upgrade\/policy\/groups\/\d+\/label)$/,
    markdown: (plan) => planMarkdown(planReport(plan, []), { file: 'plan.diff' }),
    text: (plan) => planText(planReport(plan, [])),
  }),
  rendered({
    name: 'the record of a promotion',
    document: promotionRecord(),
    decides: new RegExp(
      `^/(apiVersion|kind|result|started|finished|verdict/(result|rules/\\d+/result)|clusters/\\d+/(result|kind|finished|${ofProbe}))$`,
    ),
    names: [['clusters', 0, 'probe', 'seconds']],
    markdown: recordMarkdown,
    text: (record) => [...recordText(record), promotionFailure(record)?.reason ?? ''],
  }),
  rendered({
    name: 'the record of an upgrade',
    document: upgradeRecord(),
    decides: new RegExp(
      `^/(apiVersion|kind|command|result|started|finished|verdict/(result|rules/\\d+/result)|clusters/\\d+/(result|findings/\\d+/level|${ofProbe}|${ofJournal}))$`,
    ),
    names: [
      ['clusters', 0, 'journal', 'groups'],
      ['clusters', 0, 'journal', 'groups', 'main'],
      ['clusters', 0, 'journal', 'timeline', 2, 'proxies'],
      ['clusters', 0, 'probe', 'seconds'],
    ],
    markdown: upgradeMarkdown,
    text: upgradeText,
    html: htmlReport,
  }),
  rendered({
    name: 'the record of a rehearsal',
    document: failedRehearsal(),
    decides: new RegExp(
      `^/(apiVersion|kind|result|started|finished|parts/\\d+/(result|started|finished)|upgrades/\\d+/(result|findings/\\d+/level|${ofJournal})|${ofProbe})$`,
    ),
    names: [['upgrades', 0, 'journal', 'groups']],
    markdown: rehearsalMarkdown,
    text: rehearsalText,
    html: rehearsalReport,
  }),
  rendered({
    name: 'a status',
    document: statuses(),
    decides: /^\/\d+\/health\/\d+\/part$/,
    markdown: statusMarkdown,
    text: statusText,
  }),
  rendered({
    name: 'a verdict of the gate',
    document: failedVerdict(),
    decides: /^\/(result|rules\/\d+\/result)$/,
    markdown: (verdict) => markdownLines(verdictTable(verdict)),
    text: (verdict) => [...verdictLines(verdict), ...passLines(verdict)],
  }),
  rendered({
    name: 'a bundle',
    document: bundleOf(
      { east: [{ stage: 'config', objects: [] }] },
      {
        images: ['docker.example/istio/pilot:1.31.0'],
        environments: [
          { name: 'production', clusters: [{ name: 'east', context: 'east' }], after: [], waves: [], gate: {} },
        ] as never,
      },
    ),
    // The first letters of a digest stand for it.
    decides: /^\/clusters\/east\/digest$/,
    markdown: renderMarkdown,
    text: (bundle) => renderText(bundle, 'bundle'),
  }),
  rendered({
    name: 'what preflight found',
    document: preflight(),
    decides: /level$/,
    text: findingLines,
  }),
  rendered({
    name: 'mistakes in a mesh file',
    document: [
      { file: 'mesh.yaml', line: 3, message: 'gateways[0]: unknown key "a"' },
      { file: 'config/b.yaml', line: 1, message: 'expected a text' },
    ],
    text: (problems) => failureText(invalidFile('mesh.yaml', formatProblems(problems), 'InvalidMesh')),
  }),
  rendered({
    name: 'a failure and its causes',
    document: { message: 'Cluster dev failed', cause: 'connection reset\nby peer' },
    text: ({ message, cause }) => failureText(new DeliveryError(message, { code: 'Code', cause: new Error(cause) })),
  }),
  rendered({
    name: 'a defect',
    document: { message: 'undefined is not a mesh' },
    text: ({ message }) => {
      const defect = new TypeError(message);
      // Where it was thrown is the same for every text.
      defect.stack = `TypeError: ${message}\n    at here`;
      return failureText(defect);
    },
  }),
];

/** The pieces of a text that differ begin with a sign of ours. */
function reportOf({ plan, differences, piece }: { plan: Plan; differences: DifferenceReport[]; piece: string }) {
  const [change, ...rest] = plan.clusters[0]?.policy ?? [];
  if (change === undefined) return planReport(plan, differences);
  const texts = { path: '.text', patch: ['@@ -1 +1 @@', `-${piece}\n`, `+${piece}`] };
  const clusters = plan.clusters.map((cluster, index) =>
    index === 0 ? { ...cluster, policy: [change, texts, ...rest] } : cluster,
  );
  return planReport({ ...plan, clusters }, differences);
}

function failureText(thrown: unknown): string[] {
  const { message, details } = describeFailure(thrown);
  return [`error: ${message}`, ...details];
}
