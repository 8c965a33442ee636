#!/usr/bin/env node
import { rushes } from './program.js';
import { shellOf } from './shell.js';

const code = await rushes(process.argv.slice(2), shellOf(process));
// What was written goes out first; what is still open, such as a create that nobody waits for any more, does not hold us.
process.stdout.write('', () => process.exit(code));
