import { runHostileMappings } from './hostile-mappings.ts';

/** Prints what became of each pair; run in a process of its own, whose heap is small. */
process.stdout.write(JSON.stringify(runHostileMappings()));
