import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../../support/run-process.ts';

test("a library's lines go where they are sent, and only its own", async () => {
  const file = join(import.meta.dirname, '../../../src/adapters/toolchain/library-output.ts');
  const script = `
    import { withLibraryOutput } from ${JSON.stringify(file)};
    const taken = [];
    const library = async () => {
      process.stdout.write('::debug::noise\\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.stdout.write('Waiting 12 seconds before trying again\\n');
    };
    const running = withLibraryOutput((line) => taken.push(line), library);
    process.stdout.write('result\\n');
    await running;
    process.stdout.write(JSON.stringify(taken));
  `;
  const { stdout, stderr } = await runProcess(['--input-type=module-typescript', '--eval', script]);
  expect(stderr).toBe('');
  expect(stdout).toBe('result\n["Waiting 12 seconds before trying again"]');
});
