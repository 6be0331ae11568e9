import type { Stack } from '@hookline/testkit/stack/start-stack';
import type { Project } from './deployment/project.ts';
import type { Row } from './figures/row.ts';
import type { WatchedProcess } from './machine/usage.ts';
import type { GoPrograms, Sink } from './programs/go-programs.ts';

/** Stores, programs and projects of a run, shared by all rows. */
export interface BenchContext {
  stack: Stack;
  /** Processes of the stores; empty if the stores run in containers or on another machine. */
  stores: readonly WatchedProcess[];
  programs: GoPrograms;
  sink: Sink;
  /** Folder of the service logs. */
  logDir: string;
  /** This checkout, followed by the others. */
  projects: readonly Project[];
  rounds: number;
  /** Deliveries per second of row s1 by project label, for the rows that depend on it. */
  saturation: Map<string, number>;
  report: (line: string) => void;
}

/** A row of the catalogue. */
export interface RowSpec {
  name: string;
  /** Names of rows that must be measured before this row in the same run. */
  needs?: readonly string[];
  /** Measures the row. Returns one result per project, or a single result if the row measures no project. */
  measure(context: BenchContext): Promise<Row[]>;
}
