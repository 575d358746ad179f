import { expect, test } from 'vitest';
import { createSecrets } from '../../../src/adapters/runner/secrets.ts';
import { terminalReporter } from '../../../src/adapters/runner/terminal-reporter.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { hostileTexts } from '../../support/hostile-text.ts';
import { lookAtTerminal } from '../../support/terminal-look.ts';

function setup(stream: { isTTY?: boolean; columns?: number } = {}) {
  let now = 0;
  let printed = '';
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    async sleep(milliseconds) {
      now += milliseconds;
    },
  };
  const reporter = terminalReporter({ ...stream, write: (text) => (printed += text) }, createSecrets(), clock);
  return { reporter, clock, printed: () => printed };
}

test('shows phases as headings with their time, nested ones indented', async () => {
  const { reporter, clock, printed } = setup();
  await reporter.phase('Promote dev', async () => {
    await reporter.phase('Stage crds', async () => {
      reporter.line('CustomResourceDefinition a\ncreated');
      await clock.sleep(1_234);
    });
  });
  expect(printed()).toBe(
    [
      '▸ Promote dev',
      '  ▸ Stage crds',
      '    CustomResourceDefinition a',
      '      created',
      '  ✓ Stage crds (1.2 s)',
      '✓ Promote dev (1.2 s)',
      '',
    ].join('\n'),
  );
});

test('marks a phase that failed and passes its error on', async () => {
  const { reporter, printed } = setup();
  await expect(reporter.phase('Plan', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(printed()).toBe('▸ Plan\n✗ Plan (0.0 s)\n');
});

test('without a terminal, progress becomes a line when it changed, at most every five seconds, and at the end', async () => {
  const { reporter, clock, printed } = setup();
  await reporter.phase('Wait', async () => {
    for (const count of [1, 2, 2, 3, 4]) {
      reporter.progress(`${count} of 5`);
      await clock.sleep(2_000);
    }
    reporter.progress('5 of 5');
    await clock.sleep(60_000);
  });
  expect(printed().split('\n').slice(1, -2)).toEqual(['  1 of 5', '  3 of 5', '  5 of 5']);
});

test('a state that was held back is not told after a line that is newer', async () => {
  const { reporter, printed } = setup();
  await reporter.phase('Wait', async () => {
    reporter.progress('1 of 2');
    reporter.progress('2 of 2');
    reporter.line('all ready');
  });
  expect(printed().split('\n').slice(1, -2)).toEqual(['  1 of 2', '  all ready']);
});

test('on a terminal, progress stands in one line that lines push down and the phase takes away', async () => {
  const { reporter, printed } = setup({ isTTY: true, columns: 20 });
  await reporter.phase('Wait', async () => {
    reporter.progress('one of many, many objects');
    reporter.line('done');
  });
  expect(screenOf(printed())).toEqual(['▸ Wait', '  done', '✓ Wait (0.0 s)', '']);
  expect(printed()).toContain('  one of many, man…');
});

test('on a terminal, nothing in a state is obeyed, and nothing of a state stays', async () => {
  const { reporter, printed } = setup({ isTTY: true, columns: 60 });
  const texts = [...hostileTexts, '日本語'.repeat(20), 'long '.repeat(20)];
  for (const text of texts) {
    await reporter.phase('Wait', async () => {
      reporter.progress(text);
      reporter.line('between');
      reporter.progress(text);
    });
  }
  const { lines, ...seen } = await lookAtTerminal(printed());
  expect(seen).toMatchObject({ styled: 2 * texts.length, mixed: [], concealed: [], titles: [], isPlain: true });
  expect(lines.filter((line) => line === '  between')).toHaveLength(texts.length);
  expect(lines).toHaveLength(3 * texts.length);
});

/** What a terminal shows after all was written: only carriage returns and erased lines matter here. */
function screenOf(written: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return written.split('\n').map((line) => (line.split('\r\x1b[2K').at(-1) ?? '').replace(/\x1b\[\d+m/g, ''));
}
