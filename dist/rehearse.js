import { enableCompileCache } from 'node:module';
enableCompileCache();
const { runAction } = await import('./index.js');
process.exitCode = await runAction('rehearse');
