/**
 * The places where a test may make a process die or stand still. Each stands between two steps that are not one step
 * for Kafka, so that an interleaving which luck would rarely produce can be produced each time.
 *
 * To add one: name it here as `<part>.<where>`, say what has happened there and what has not, and call `faultPoint` at
 * that place; a test compares this table with the calls.
 */
export const FAULT_POINTS = {
  'lanes.before-publish':
    'retry scheduler: a record may leave its topic; nothing of its next hop is published',
  'lanes.hop-acknowledged':
    'retry scheduler: the broker has a record in its next lane; the offset it left is not committed',
  'lanes.due-acknowledged':
    'retry scheduler: the broker has a record in webhook.due; the offset it left is not committed',
  'intake.received': 'dispatcher: a record was received; nothing was done about it',
  'intake.reroute-acknowledged':
    'dispatcher: the broker has a misrouted request in webhook.due; the request is not finished',
  'call.before-send': 'dispatcher: the call has its slot and its turn; nothing of it is sent',
  'call.answer-begun':
    'dispatcher: the endpoint has the request and begins to answer; the body is not read yet',
  'settle.call-ended': 'dispatcher: the endpoint has answered; nothing of it is published',
  'settle.attempt-acknowledged':
    'dispatcher: the broker has the attempt; neither an outcome nor a wait is published',
  'settle.outcome-acknowledged': 'dispatcher: the broker has the outcome; the record is not finished',
  'settle.wait-acknowledged': 'dispatcher: the broker has the next wait; the record is not finished',
  'consumer.gained':
    'dispatcher: partitions are its own since the last rebalance; what earlier owners decided is not read back',
  'consumer.before-commit': 'dispatcher: records are finished; their offsets are not committed',
  'consumer.committed': 'dispatcher: the broker has the offsets; the process does not know it yet',
  'consumer.drained':
    'dispatcher: it was told to stop and no call runs any more; it has neither committed for the last time nor left',
  'ingest.before-store': 'log ingestor: a batch is read; nothing of it is in Postgres',
  'ingest.stored': 'log ingestor: Postgres has a batch; its offsets are not committed',
} as const satisfies Record<string, string>;

export type FaultPointName = keyof typeof FAULT_POINTS;
