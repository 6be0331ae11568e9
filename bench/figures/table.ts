import type { Comparison } from './comparison.ts';
import type { Row } from './row.ts';

const HEADINGS = [
  'row',
  'project',
  'rounds',
  '/s',
  'spread',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'CPU ms',
  'dispatcher MiB',
  'lost',
  'waiting',
  'dup',
  'deferred',
  'bounds',
];

/**
 * Formats the rows as a text table, followed by the bounds and additional figures of each row, and by the ratios of the
 * comparisons. `CPU ms` is the CPU time per delivery of all services and stores.
 */
export function rowTable(rows: readonly Row[], compared: readonly Comparison[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const table = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = rows.flatMap(notesOf);
  const ratios = compared.map(ratioLine);
  return [...table, '', ...notes, ...(ratios.length > 0 ? ['', ...ratios] : [])].join('\n');
}

function cellsOf(row: Row): string[] {
  const { deliveriesPerSecond: rate, startMs, deferrals } = row;
  const cpu = Object.values(row.cpuMsPerDelivery).reduce((sum, value) => sum + value, 0);
  const broken = row.bounds.filter(({ pass }) => !pass).length;
  return [
    row.name,
    row.project,
    String(row.rounds),
    rate ? rate.median.toFixed(0) : '',
    rate ? `${rate.min.toFixed(0)}–${rate.max.toFixed(0)}` : '',
    startMs ? String(startMs.p50) : '',
    startMs ? String(startMs.p95) : '',
    startMs ? String(startMs.p99) : '',
    cpu > 0 ? cpu.toFixed(2) : '',
    String(row.rssMiB['dispatcher'] ?? ''),
    String(row.lost),
    String(row.waiting),
    String(row.duplicated),
    deferrals ? `${(deferrals.share * 100).toFixed(1)} %, max ${deferrals.max}` : '',
    row.bounds.length === 0 ? '' : broken === 0 ? 'kept' : `${broken} BROKEN`,
  ];
}

/**
 * Lists the bounds of a row, its additional figures, and CPU for rows without deliveries. A bound of 0 that was kept is
 * omitted, because all its values are 0.
 */
function notesOf({ name, project, bounds, more, cpuPercent }: Row): string[] {
  const head = `${name} (${project})`;
  const inBounds = new Set(bounds.map((bound) => bound.name));
  const figures = Object.entries(more)
    .filter(([figure]) => !inBounds.has(figure))
    .map(([figure, { rounds }]) => `${figure} ${rounds.join(', ')}`);
  const cpu = Object.entries(cpuPercent).map(([process, percent]) => `${process} ${percent} %`);
  return [
    ...bounds
      .filter(({ max, pass }) => max > 0 || !pass)
      .map(
        ({ name: boundName, unit, max, rounds, pass }) =>
          `${head}: ${boundName} ${rounds.join(', ')} ${unit}, at most ${max}${pass ? '' : '  BROKEN'}`,
      ),
    ...(figures.length > 0 ? [`${head}: ${figures.join('; ')}`] : []),
    ...(cpu.length > 0 ? [`${head}: CPU, in percent of one core: ${cpu.join(', ')}`] : []),
  ];
}

function ratioLine({ row, project, against, ...ratios }: Comparison): string {
  const parts = [
    ['deliveries/s', ratios.deliveriesPerSecond],
    ['p99', ratios.startP99],
    ['CPU per delivery', ratios.cpuPerDelivery],
  ].map(([name, value]) => `${name} ${value ?? '–'}`);
  return `${row}: ${project} / ${against}: ${parts.join(', ')}`;
}
