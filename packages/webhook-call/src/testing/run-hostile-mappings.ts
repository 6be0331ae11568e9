import { runHostileMappings } from './hostile-mappings.ts';

/** Prints the outcome of each expression on each document; run in a separate process with a small heap. */
process.stdout.write(JSON.stringify(runHostileMappings()));
