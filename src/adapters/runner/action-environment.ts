import { existsSync } from 'node:fs';
import * as core from '@actions/core';
import { logText } from '../../text/log-text.ts';

/** Bytes of one step's summary that a runner takes; a longer one is refused as a whole. */
const summaryLimit = 1024 * 1024;

/** Every input that the step was given, by lower-case name; an input that stands empty counts as not given. */
export function givenActionInputs(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([variable, value]) =>
      variable.startsWith('INPUT_') && value !== undefined && value.trim() !== ''
        ? [[variable.slice('INPUT_'.length).toLowerCase(), value.trim()]]
        : [],
    ),
  );
}

/** Hands the outputs to the runner. */
export function writeOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

/** Adds Markdown to the step's summary, cut to what a runner takes; nothing where the runner keeps none. */
export async function writeSummary(markdown: string): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '' || !existsSync(file)) return;
  await core.summary.addRaw(cutToLimit(markdown), true).write();
}

/** Ends the step as failed, with one annotation. */
export function failStep(message: string): void {
  core.setFailed(logText(message));
}

/** Prints lines in the log alone. */
export function logLines(lines: readonly string[]): void {
  core.info(lines.map(logText).join('\n'));
}

function cutToLimit(markdown: string): string {
  const bytes = Buffer.from(markdown);
  const note = '\n\n… cut here: a step summary holds 1 MiB.\n';
  if (bytes.length <= summaryLimit - note.length) return markdown;
  return bytes.subarray(0, summaryLimit - note.length - 64).toString('utf8') + note;
}
