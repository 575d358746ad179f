import { type OpenCommand, type Outlook, openCommands } from '../open-upgrade-commands.ts';
import type { OpenUpgradeState } from '../open-upgrade-state.ts';

/** What is open in a cluster, where it stands, and what each command would do now with the bundle of the plan. */
export function openUpgradeLines(open: OpenUpgradeState): string[] {
  const { id, since, plan, from, to, steps, failure } = open;
  const done = steps.filter(({ status }) => status === 'done').length;
  return [
    `Upgrade ${id} is open since ${since}: ${endText(from)} → ${endText(to)}`,
    `  approved as plan ${plan}`,
    `  ${standText(open)} (${done} of ${steps.length} steps done)`,
    ...(failure ? failureLines(failure) : []),
    `  ${roleText(open)}`,
    ...(open.promotions.length > 0 ? [`  configuration promoted since: ${open.promotions.join(', ')}`] : []),
    ...commandLines(open),
  ];
}

/** In a plan's last line: what an upgrade that is open means for it; undefined where none is open. */
export function openUpgradeVerdict(open: readonly OpenUpgradeState[], changes: string): string | undefined {
  const [first] = open;
  if (!first) return undefined;
  const { id, from, to, role } = first;
  const way = `upgrade ${id} from ${from.istio.revision} to ${to.istio.revision} is open`;
  switch (role) {
    case 'target':
      return `${capital(way)}; this bundle is where it goes to: ${changes} left.`;
    case 'source':
      return `${capital(way)}; this bundle is where it comes from, and rollback is the way back to it.`;
    case 'neither':
      return `${capital(way)}; this bundle changes configuration alone: ${changes}.`;
  }
}

function endText({ istio }: OpenUpgradeState['from']): string {
  return `${istio.revision} (Istio ${istio.version})`;
}

function standText({ direction, step, failure, from }: OpenUpgradeState): string {
  if (step === undefined) return direction === 'back' ? 'every step is undone' : 'only its retirement is left: finish';
  const stands = direction === 'back' ? `it goes back to ${from.istio.revision}, and stands at` : 'it stands at';
  return `${stands} step ${step}${failure?.step === step ? ', which failed' : ''}`;
}

function failureLines({ step, code, reason, at }: NonNullable<OpenUpgradeState['failure']>): string[] {
  const [first = '', ...more] = reason.split('\n');
  return [`  ${step} failed at ${at}: ${code}: ${first}`, ...more.map((line) => (line === '' ? '' : `    ${line}`))];
}

function roleText({ role, to, from }: OpenUpgradeState): string {
  switch (role) {
    case 'target':
      return `this bundle is its target (${to.istio.revision})`;
    case 'source':
      return `this bundle is its source (${from.istio.revision})`;
    case 'neither':
      return 'this bundle is neither its source nor its target, and differs from one of them in configuration alone';
  }
}

/** Commands that would do the same share a line. */
function commandLines({ commands }: OpenUpgradeState): string[] {
  const byText = Map.groupBy(openCommands, (command) => outlookText(commands[command]));
  return [...byText].map(([text, same]) => `  ${names(same)}: ${text}`);
}

function names(commands: readonly OpenCommand[]): string {
  return commands.map((command) => (command === 'promote' ? command : `upgrade ${command}`)).join(', ');
}

function outlookText(outlook: Outlook): string {
  if (outlook.kind === 'runs') return outlook.does;
  return `refused (${outlook.code}): ${outlook.reason}; ${outlook.remedy}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
