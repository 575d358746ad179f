import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { truthy } from '@actions/expressions/result';

/** What expressions can name: `inputs`, `needs`, `steps`, … */
export type Context = Record<string, unknown>;

/** How what came before has ended: the steps of the job, or the jobs that a job needs. */
export type Status = 'success' | 'failure' | 'skipped';

/** Whether a step or a job with this condition runs; what names no status function asks for success too. */
export function isWanted(condition: string | undefined, context: Context, status: Status): boolean {
  if (condition === undefined) return status === 'success';
  const expression = expressionOf(condition) ?? condition;
  const asksForStatus = /\b(?:always|cancelled|failure|success)\(\)/.test(expression);
  return truthy(evaluate(asksForStatus ? expression : `success() && (${expression})`, context, status));
}

/** The text with its expressions replaced by their values; one that names nothing is empty, as on a runner. */
export function filledIn(text: string, context: Context): string {
  return text.replace(/\$\{\{(?<expression>.*?)\}\}/gs, (_found, expression: string) =>
    evaluate(expression, context, 'success').coerceString(),
  );
}

/** The value of a text that is one expression: a list, a number, … */
export function valueOf(text: string, context: Context): unknown {
  return JSON.parse(JSON.stringify(evaluate(expressionOf(text) ?? '', context, 'success'), data.replacer));
}

function expressionOf(text: string): string | undefined {
  return /^\$\{\{(?<expression>.*)\}\}$/s.exec(text)?.groups?.expression;
}

/** By the evaluator of Actions itself, so that no expression means here what it does not mean there. */
function evaluate(expression: string, context: Context, status: Status): data.ExpressionData {
  const functions = Object.entries(statusFunctions(status)).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const { tokens } = new Lexer(expression).lex();
  const parsed = new Parser(tokens, Object.keys(context), functions).parse();
  const values = JSON.parse(JSON.stringify(context), data.reviver) as data.Dictionary;
  return new Evaluator(parsed, values, new Map(functions.map((known) => [known.name, known]))).evaluate();
}

function statusFunctions(status: Status): Record<string, boolean> {
  return { always: true, cancelled: false, failure: status === 'failure', success: status === 'success' };
}
