import { runCommand } from './cli.ts';
import { runAction } from './main.ts';

export { runAction, runCommand };
