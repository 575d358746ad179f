import { enableCompileCache } from 'node:module';
enableCompileCache();
const { runPost } = await import('./index.js');
process.exitCode = await runPost('kind');
