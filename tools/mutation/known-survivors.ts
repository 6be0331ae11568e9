/** Changes to one line that no suite notices, with the reason. */
interface KnownSurvivor {
  path: string;
  /** The line, without its indentation. */
  line: string;
  /** `<original> → <replacement>`, as the report prints them. */
  changes: string[];
  reason: string;
}

export const KNOWN_SURVIVORS: readonly KnownSurvivor[] = [
  {
    path: 'services/dispatcher/src/admission/circuit/circuit.ts',
    line: "if (state.name === 'half_open' && state.probe) return now + state.waitMs;",
    changes: ["state.name === 'half_open' → true"],
    reason: 'No difference: a closed circuit has no probe, and an open circuit is handled above.',
  },
  {
    path: 'services/dispatcher/src/admission/circuit/circuit.ts',
    line: "if (this.#state.name === 'half_open') this.#state.probe = call;",
    changes: ["this.#state.name === 'half_open' → true"],
    reason: 'No difference: nothing reads the probe of a closed circuit.',
  },
  {
    path: 'services/dispatcher/src/admission/circuit/circuit.ts',
    line: "if (this.#ends(call) && this.#state.name === 'half_open') this.#state.probe = null;",
    changes: ["this.#state.name === 'half_open' → true"],
    reason:
      'No difference: nothing reads the probe of a closed circuit, and the calls of an open circuit do not end.',
  },
  {
    path: 'services/dispatcher/src/admission/circuit/rolling-counts.ts',
    line: 'const first = Math.max(this.#newest + 1, number - BUCKETS + 1);',
    changes: ['number - BUCKETS + 1 → number - BUCKETS - 1'],
    reason: 'No difference: after a jump over the whole window every bucket is emptied, some of them twice.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'this.#ready.clear();',
    changes: ['this.#ready.clear(); → ;'],
    reason: 'No difference: the queues of ready endpoints are already empty. Clearing frees memory.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'const wasSlow = this.#rememberedSlow.size > 0 && this.#rememberedSlow.delete(endpointKeyOf(names));',
    changes: [
      'this.#rememberedSlow.size > 0 → true',
      'this.#rememberedSlow.size > 0 → this.#rememberedSlow.size >= 0',
    ],
    reason: 'No difference: nothing can be deleted from an empty map. The check saves building a key.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'if (this.#resting.size > 0 && this.#deps.rest.isRested()) this.#endRest();',
    changes: ['this.#resting.size > 0 → true', 'this.#resting.size > 0 → this.#resting.size >= 0'],
    reason: 'No difference: there is no resting account to renew. The check saves reading the clocks.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'if (!endpoint || !next) return;',
    changes: ['!endpoint || !next → !endpoint && !next'],
    reason: 'No difference: an endpoint that may start a call always has a waiting call. Kept for the type.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'if (!account) return;',
    changes: ['!account → false'],
    reason: 'No difference: an endpoint with a call has an account. Kept for the type.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'this.#noteOverdue();',
    changes: ['this.#noteOverdue(); → ;'],
    reason:
      'No difference: `#admit`, which follows, notes the others; the call that ends is not counted in either case.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'if (account) this.#ready.refresh(endpoint, account);',
    changes: ['account → true'],
    reason: 'No difference: an endpoint with a call has an account. Kept for the type.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/call-slots.ts',
    line: 'if (endpoint.lastWasSlow) this.#rememberedSlow.set(endpointKeyOf(endpoint), true);',
    changes: ['true → false'],
    reason: 'No difference: only the keys of the map are read.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/ready-accounts.ts',
    line: 'if (account.fast.size + account.slow.size === 0) this.#accounts.delete(id);',
    changes: [
      'account.fast.size + account.slow.size === 0 → false',
      'account.fast.size + account.slow.size → account.fast.size - account.slow.size',
      'this.#accounts.delete(id); → ;',
    ],
    reason: 'Frees memory. An account without a ready endpoint gets no turn in either case.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/ready-accounts.ts',
    line: "this.#turn = kind === 'fast' ? 'slow' : 'fast';",
    changes: ['\'slow\' → ""'],
    reason: 'No difference: any turn that is not `fast` is `slow`.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/ready-accounts.ts',
    line: 'if (endpoint) account[kind].delete(endpoint);',
    changes: ['endpoint → true'],
    reason: 'No difference: the account whose turn it is always has such an endpoint. Kept for the type.',
  },
  {
    path: 'services/dispatcher/src/admission/slots/ready-accounts.ts',
    line: 'if (holds > 0) this.#slowHeld.set(endpoint, holds);',
    changes: ['holds > 0 → true', 'holds > 0 → holds >= 0'],
    reason: 'Frees memory. An endpoint without an entry is treated like an endpoint with 0.',
  },
  {
    path: 'packages/shared/src/runtime/gcra.ts',
    line: 'if (this.#tat > now) this.#tat = now + (this.#tat - now) * factor;',
    changes: ['this.#tat > now → this.#tat >= now'],
    reason: 'No difference: a time that equals now moves by 0.',
  },
  {
    path: 'services/dispatcher/src/admission/rate-limit/call-rate.ts',
    line: 'constructor({ startsTat, reservedTat }: RateState = { startsTat: 0, reservedTat: 0 }) {',
    changes: ['{ startsTat: 0, reservedTat: 0 } → {}'],
    reason: 'No difference: a Gcra without a time starts at 0 as well.',
  },
  {
    path: 'services/dispatcher/src/admission/rate-limit/call-rate.ts',
    line: '} else if (next < this.#intervalMs) {',
    changes: ['next < this.#intervalMs → next <= this.#intervalMs'],
    reason: 'No difference: at an equal rate, the times are scaled by 1.',
  },
  {
    path: 'services/dispatcher/src/admission/rate-limit/rate-limits.ts',
    line: 'account: perSecond === null ? null : { perSecond, burst: settings?.burst ?? 1 },',
    changes: ['settings?.burst → settings.burst'],
    reason: 'No difference: without settings there is no rate, so this is not read. Kept for the type.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/route.ts',
    line: "if (!shortest) throw new Error('the topic catalogue has no delay lane');",
    changes: ['!shortest → false', '\'the topic catalogue has no delay lane\' → ""'],
    reason: 'Not reachable: the catalogue has lanes. Kept for the type.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/move-head.ts',
    line: "if (!isWithin(LIMITS.time, due.dueAt)) return { kind: 'release', due };",
    changes: [`'release' → ""`],
    reason: 'No difference: a record that is neither set aside nor goes to a lane is released.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/move-head.ts',
    line: "return next.kind === 'hold' ? next : { ...next, due };",
    changes: ["next.kind === 'hold' → false", `'hold' → ""`],
    reason: 'No difference: the event of a record that is held is not read.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/move-head.ts',
    line: "faultPoint('lanes.before-publish');",
    changes: [`'lanes.before-publish' → ""`],
    reason: 'Names of fault points do nothing outside the fault runs.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/move-head.ts',
    line: "faultPoint('lanes.hop-acknowledged');",
    changes: [`'lanes.hop-acknowledged' → ""`],
    reason: 'Names of fault points do nothing outside the fault runs.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/move-head.ts',
    line: "faultPoint('lanes.due-acknowledged');",
    changes: [`'lanes.due-acknowledged' → ""`],
    reason: 'Names of fault points do nothing outside the fault runs.',
  },
  {
    path: 'services/retry-scheduler/src/lanes/move-head.ts',
    line: "if (!value) return new DecodeError('malformed_datum', 'the record has no value: a wait has no tombstones');",
    changes: ['\'malformed_datum\' → ""'],
    reason: 'No difference: every code but that of an unknown schema has the same reason.',
  },
  {
    path: 'services/log-ingestor/src/ingest/join-rows.ts',
    line: 'return a === null || b === null ? (a ?? b) : Math.max(a, b);',
    changes: [
      'a === null || b === null → a === null && b === null',
      'a === null → false',
      'b === null → false',
    ],
    reason: 'No difference: `Math.max` treats null as 0, and versions start at 1. Kept for the type.',
  },
  {
    path: 'packages/webhook-call/src/outcome/retry-after.ts',
    line: "const [, digits, unit = ''] = AMOUNT.exec(text) ?? [];",
    changes: ['\'\' → "Stryker was here!"', '[] → ["Stryker was here"]'],
    reason:
      'No difference: if the text does not match, `digits` is undefined and the wait is NaN, whatever the unit; the first element is not read.',
  },
  {
    path: 'packages/credentials/src/aead.ts',
    line: 'const OPTIONS = { authTagLength: TAG_BYTES };',
    changes: ['{ authTagLength: TAG_BYTES } → {}'],
    reason: 'A second guard: tags are already cut to 16 bytes. It remains effective if that code changes.',
  },
  {
    path: 'packages/credentials/src/aead.ts',
    line: 'plaintext.fill(0);',
    changes: ['plaintext.fill(0); → ;'],
    reason: 'Erases plaintext that never leaves the function, which no test can observe.',
  },
  {
    path: 'packages/credentials/src/sealed-value.ts',
    line: 'const fields = destination ? destinationFields(destination) : [];',
    changes: ['[] → ["Stryker was here"]'],
    reason: 'No difference: without a destination, a value in this format cannot be opened with any fields.',
  },
  {
    path: 'packages/credentials/src/keyring.ts',
    line: "const [, id = '', base64 = ''] = /^([^:]*):(.*)$/s.exec(entry.trim()) ?? [];",
    changes: [
      '\'\' → "Stryker was here!"',
      '/^([^:]*):(.*)$/s → /([^:]*):(.*)$/s',
      '/^([^:]*):(.*)$/s → /^([^:]*):(.*)/s',
      '[] → ["Stryker was here"]',
    ],
    reason:
      'No difference: both defaults are rejected as ids, and both patterns match the same texts, since a greedy match begins at the first character and `.` matches every character.',
  },
  {
    path: 'packages/credentials/src/keyring.ts',
    line: "const [primaryId = ''] = keys.keys();",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'Not reachable: a list has at least one entry. Kept for the type.',
  },
  {
    path: 'packages/credentials/src/keyring.ts',
    line: '} finally {',
    changes: ['{ dataKey.fill(0); } → {}'],
    reason: 'Erases a key that never leaves the function, which no test can observe.',
  },
  {
    path: 'packages/credentials/src/keyring.ts',
    line: 'dataKey.fill(0);',
    changes: ['dataKey.fill(0); → ;'],
    reason: 'Erases a key that never leaves the function, which no test can observe.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/offset-tracker.ts',
    line: 'if (this.#next !== undefined && offset < this.#next) return false;',
    changes: ['this.#next !== undefined → true'],
    reason: 'No difference: no offset is less than undefined. Kept for the type.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/backpressure.ts',
    line: 'return { pause: (paused ?? []).map(order), resume: (running ?? []).map(order) };',
    changes: ['[] → ["Stryker was here"]'],
    reason: 'Not reachable: both lists exist. Kept for the type.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: 'return offset === undefined || offset === partition.committed ? [] : [{ partition, offset }];',
    changes: ['offset === undefined → false'],
    reason:
      'No difference: before the first record, both the watermark and the committed offset are undefined.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: "faultPoint('consumer.before-commit');",
    changes: ['\'consumer.before-commit\' → ""'],
    reason: 'Names of fault points do nothing outside the fault runs.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: "faultPoint('consumer.committed');",
    changes: ['\'consumer.committed\' → ""'],
    reason: 'Names of fault points do nothing outside the fault runs.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: '): Promise<Map<string, string | null>> {',
    changes: [
      '{ const topics = [...new Set(partitions.map(({ topic }) => topic))]; const committed = await withAdm… → {}',
    ],
    reason:
      'Reads from Kafka: `parallel-rebalance.test.ts` tests it with a real broker; suites with stores do not run here.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: 'const topics = [...new Set(partitions.map(({ topic }) => topic))];',
    changes: [
      '[...new Set(partitions.map(({ topic }) => topic))] → []',
      '({ topic }) => topic → () => undefined',
    ],
    reason:
      'Reads from Kafka: `parallel-rebalance.test.ts` tests it with a real broker; suites with stores do not run here.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: 'const committed = await withAdmin(client, (admin) => admin.fetchOffsets({ groupId, topics }));',
    changes: [
      '(admin) => admin.fetchOffsets({ groupId, topics }) → () => undefined',
      '{ groupId, topics } → {}',
    ],
    reason:
      'Reads from Kafka: `parallel-rebalance.test.ts` tests it with a real broker; suites with stores do not run here.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: 'committed.flatMap(({ topic, partitions: offsets }) =>',
    changes: [
      '({ topic, partitions: offsets }) => offsets.map(({ partition, metadata }) => [partitionKey({ topic, … → () => undefined',
    ],
    reason:
      'Reads from Kafka: `parallel-rebalance.test.ts` tests it with a real broker; suites with stores do not run here.',
  },
  {
    path: 'packages/shared/src/kafka/consume/parallel/commits.ts',
    line: 'offsets.map(({ partition, metadata }) => [partitionKey({ topic, partition }), metadata] as const),',
    changes: [
      '({ partition, metadata }) => [partitionKey({ topic, partition }), metadata] as const → () => undefined',
    ],
    reason:
      'Reads from Kafka: `parallel-rebalance.test.ts` tests it with a real broker; suites with stores do not run here.',
  },
];
