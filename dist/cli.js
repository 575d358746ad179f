#!/usr/bin/env node
import { runCommand } from './index.js';
process.exitCode = await runCommand(process.argv.slice(2));
