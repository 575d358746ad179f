import { runAction, runPost } from '../../src/index.ts';

/** What the stubs in dist do, from the sources: `main <action>` and `post <action>`. */
const [step, name = ''] = process.argv.slice(2);
process.exitCode = step === 'post' ? await runPost(name) : await runAction(name);
