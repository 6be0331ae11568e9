import type { Stack } from '@hookline/testkit/stack/start-stack';
import type { Project } from './deployment/project.ts';
import type { Row } from './figures/row.ts';
import type { WatchedProcess } from './machine/usage.ts';
import type { GoPrograms, Sink } from './programs/go-programs.ts';

/** What the rows of a run work with. */
export interface Setting {
  stack: Stack;
  /** Processes of the stores; none where they run in containers or elsewhere. */
  stores: readonly WatchedProcess[];
  programs: GoPrograms;
  sink: Sink;
  /** Where the logs of services go. */
  logDir: string;
  /** This checkout first. */
  projects: readonly Project[];
  rounds: number;
  /** Deliveries per second of row s1 by project label, for the rows that depend on it. */
  saturation: Map<string, number>;
  report: (line: string) => void;
}

/** One row of the catalogue. */
export interface RowSpec {
  name: string;
  /** Rows that have to be measured before it, in the same run. */
  needs?: readonly string[];
  /** Measures the row for every project, a row each. */
  measure(setting: Setting): Promise<Row[]>;
}
