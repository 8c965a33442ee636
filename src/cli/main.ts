#!/usr/bin/env node
import { rushes } from './program.js';
import { shellOf } from './shell.js';

/** How long what is still open may take to let go: locks of a download that was interrupted. */
const farewellMs = 500;

process.exitCode = await rushes(process.argv.slice(2), shellOf(process));
// What was written goes out first; a create that nobody waits for any more does not hold us.
process.stdout.write('', () => setTimeout(() => process.exit(), farewellMs).unref());
