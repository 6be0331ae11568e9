/** A source file whose mutants the suites must kill. Paths are relative to the repository. */
export interface Target {
  path: string;
  /** Suites that run for each mutant, in this order; none of them needs a store. */
  suites: string[];
}

/** Suites of files that have no suite with the same name, or that another suite in the same folder also tests. */
const OTHER_SUITES: Readonly<Record<string, string[]>> = {
  'endpoint-queue': ['slow-endpoints', 'call-slots'],
  'ready-accounts': ['ready-accounts', 'call-slots'],
  'rolling-counts': ['rolling-counts', 'circuit'],
  'circuit-options': ['circuit'],
  'call-rate': ['rated-start'],
  'call-slots': ['call-slots', 'bursts', 'slow-endpoints'],
  'retry-after': ['retry-after', 'classify'],
  aead: ['aead', 'sealed-value'],
  keyring: ['keyring', 'sealed-value'],
};

const FILES: readonly [folder: string, names: string[]][] = [
  [
    'services/dispatcher/src/admission/circuit',
    ['circuit', 'circuit-options', 'rolling-counts', 'endpoint-health'],
  ],
  [
    'services/dispatcher/src/admission/slots',
    ['call-slots', 'endpoint-queue', 'ready-accounts', 'loop-rest'],
  ],
  ['packages/shared/src/runtime', ['gcra']],
  ['services/dispatcher/src/admission/rate-limit', ['call-rate', 'rated-start', 'rate-limits']],
  ['services/dispatcher/src/gate', ['decide-gate', 'gate', 'waits', 'without-call']],
  ['services/retry-scheduler/src/lanes', ['route', 'move-head', 'fetch-wait']],
  ['services/log-ingestor/src/ingest', ['join-rows']],
  ['packages/webhook-call/src/outcome', ['retry-policy', 'classify', 'retry-after']],
  ['packages/credentials/src', ['aead', 'sealed-value', 'keyring']],
  ['packages/shared/src/kafka/consume/parallel', ['offset-tracker', 'backpressure', 'commits']],
];

/**
 * Files that contain decisions: circuit, slots, rates, gate, routing, joining rows, retries, classification, sealing,
 * offsets.
 */
export const TARGETS: readonly Target[] = FILES.flatMap(([folder, names]) =>
  names.map((name) => ({
    path: `${folder}/${name}.ts`,
    suites: (OTHER_SUITES[name] ?? [name]).map((suite) => `${folder}/${suite}.test.ts`),
  })),
);
