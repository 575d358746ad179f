import { constructFromEvents, EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import { type LineOf, linesOf, positionsOf, visitNodes } from './positions.ts';
import { depthMessage, sizeProblem, textProblem, type YamlLimits, yamlLimits } from './yaml-limits.ts';
import { aliasProblems, type NodeProblem, nodeProblem, templateProblem } from './yaml-problems.ts';
import { type YamlDialect, yamlSchemas } from './yaml-schemas.ts';

/** One document of a YAML text. */
export interface YamlDocument {
  value: unknown;
  lineOf: LineOf;
}

/** Why a text cannot be read, at a line of it. */
export interface LineProblem {
  line: number;
  message: string;
}

/** What a text holds, and everything in it that cannot be read as it is meant: with problems, for more findings only. */
export interface YamlResult {
  documents: YamlDocument[];
  problems: LineProblem[];
}

/** Reads every document of a YAML (or JSON) text, as far as it stays within the limits. */
export function readYaml(text: string, dialect: YamlDialect = 'manifest', limits: YamlLimits = yamlLimits): YamlResult {
  const tooLong = textProblem(text, limits);
  if (tooLong !== undefined) return problemsResult([{ line: 1, message: tooLong.message }]);
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: limits.depth });
  } catch (thrown) {
    return problemsResult([syntaxProblem(text, thrown, limits)]);
  }
  const lineAt = linesOf(text);
  const tooMuch = sizeProblem(text, events, limits);
  if (tooMuch !== undefined) return problemsResult([{ line: lineAt(tooMuch.offset), message: tooMuch.message }]);
  const parts = documentsOf(events);
  const findProblems = () => parts.flatMap((part) => problemsOf(text, part, { dialect, lineAt }));
  const problems = mayBeMisread(text, events) ? findProblems() : [];
  if (problems.some(({ isInScalar }) => !isInScalar)) return problemsResult(problems);
  try {
    const values = constructFromEvents(events, { source: text, schema: yamlSchemas[dialect] });
    const documents = parts.map((part, index) => ({ value: values[index], lineOf: positionsOf(text, part, lineAt) }));
    return { documents, problems: problems.map(lineProblem) };
  } catch (thrown) {
    // A mapping that is a key is reported at the start of the document.
    const found = findProblems();
    return problemsResult(found.length > 0 ? found : [syntaxProblem(text, thrown, limits)]);
  }
}

function problemsResult(problems: LineProblem[]): YamlResult {
  return { documents: [], problems: problems.map(lineProblem) };
}

function lineProblem({ line, message }: LineProblem): LineProblem {
  return { line, message };
}

/** The events of each document: from the one that opens it to the one that closes it. */
function documentsOf(events: readonly Event[]): Event[][] {
  const documents: Event[][] = [];
  let depth = 0;
  let start = 0;
  for (const [index, { type }] of events.entries()) {
    if (type === EVENT_ID.DOCUMENT) start = index;
    if (type === EVENT_ID.POP) depth -= 1;
    else if (type !== EVENT_ID.SCALAR && type !== EVENT_ID.ALIAS) depth += 1;
    if (depth === 0) documents.push(events.slice(start, index + 1));
  }
  return documents;
}

/** Whether something could be read as it is not meant; finding out for sure takes much longer. */
function mayBeMisread(text: string, events: readonly Event[]): boolean {
  if (/\.(inf|nan)\b|\\u[dD][89a-fA-F]/i.test(text)) return true;
  return events.some((event) => {
    switch (event.type) {
      case EVENT_ID.ALIAS:
        return true;
      case EVENT_ID.MAPPING:
        return text.startsWith('{{', event.start);
      case EVENT_ID.SCALAR:
        return longNumber.test(valueOf(text, event));
      default:
        return false;
    }
  });
}

const longNumber = /^[-+]?(\d[\d_]{14,}|0[xob][\da-f_]{13,}|\d[\d.]*e[-+]?\d{3,})$/i;

function valueOf(text: string, { valueStart, valueEnd }: { valueStart: number; valueEnd: number }): string {
  return text.slice(valueStart, valueEnd);
}

interface ProblemContext {
  dialect: YamlDialect;
  lineAt: (offset: number) => number;
}

/** One that is in a scalar leaves the rest of its document readable. */
type FoundProblem = LineProblem & Pick<NodeProblem, 'isInScalar'>;

function problemsOf(text: string, events: readonly Event[], { dialect, lineAt }: ProblemContext): FoundProblem[] {
  const problems: FoundProblem[] = [];
  const aliasProblem = aliasProblems(text);
  visitNodes(text, events, (node) => {
    const problem = nodeProblem(text, node, dialect) ?? aliasProblem(node);
    if (problem !== undefined) problems.push({ line: lineAt(problem.offset), ...problem });
  });
  return problems;
}

/** What a failed parse says: its line, and the parser's own words. */
function syntaxProblem(text: string, thrown: unknown, limits: YamlLimits): LineProblem {
  if (!(thrown instanceof YAMLException)) throw thrown;
  const { mark, reason } = thrown;
  const line = (mark?.line ?? 0) + 1;
  if (reason.includes('maxDepth')) return { line, message: depthMessage(limits) };
  const template = templateProblem(text.split('\n'), line);
  return template ?? { line, message: `is no valid YAML: ${reason}; correct the line` };
}
