/**
 * Places where a test may kill or freeze a process. Each place lies between two steps that Kafka does not make atomic,
 * so that a test can reliably produce an interleaving that rarely happens by chance.
 *
 * To add a place, name it here as `<part>.<place>`, describe what has and what has not happened when it is reached, and
 * call `faultPoint` there. A test compares this table with the calls.
 */
export const FAULT_POINTS = {
  'lanes.before-publish': 'retry scheduler: a record may leave its topic; its next hop is not published',
  'lanes.hop-acknowledged':
    'retry scheduler: the broker has a record in its next lane; the offset it left is not committed',
  'lanes.due-acknowledged':
    'retry scheduler: the broker has a record in webhook.due; the offset it left is not committed',
  'intake.received': 'dispatcher: a record was received; its processing has not begun',
  'intake.reroute-acknowledged':
    'dispatcher: the broker has a misrouted request in webhook.due; the request is not finished',
  'call.before-send': 'dispatcher: the call is admitted; no byte of it is sent',
  'call.answer-begun':
    'dispatcher: the endpoint has the request and has begun its response; the body is not read yet',
  'settle.call-ended': 'dispatcher: the call has ended; its result is not published',
  'settle.attempt-acknowledged':
    'dispatcher: the broker has the attempt; neither an outcome nor a wait is published',
  'settle.outcome-acknowledged': 'dispatcher: the broker has the outcome; the record is not finished',
  'settle.parked-acknowledged':
    'dispatcher: the broker has the parked attempt; the wait that announces it is not published',
  'command.before-outcome':
    'dispatcher: a command ends an execution without an outcome; its outcome is not published',
  'command.outcome-acknowledged':
    'dispatcher: the broker has the outcome of a cancelled execution; the command is not finished',
  'release.due-acknowledged':
    'dispatcher: the broker has released attempts in webhook.due; they are still in webhook.parked',
  'settle.wait-acknowledged': 'dispatcher: the broker has the next wait; the record is not finished',
  'consumer.gained':
    'dispatcher: a rebalance has assigned partitions; the verdicts of their earlier owners are not read back',
  'consumer.before-commit': 'dispatcher: records are finished; their offsets are not committed',
  'consumer.committed': 'dispatcher: the broker has the offsets; the process does not know it yet',
  'consumer.drained':
    'dispatcher: it is stopping and no call is in flight any more; the last commit and leaving the group are still to come',
  'ingest.before-store': 'log ingestor: a batch is read; none of its records is in Postgres',
  'ingest.stored': 'log ingestor: Postgres has a batch; its offsets are not committed',
  'replay.batch-stored': 'config-api: a batch of a replay job is stored; none of its requests is published',
  'replay.batch-published':
    'config-api: the broker has the requests of a batch of a replay job; their results are not recorded',
} as const satisfies Record<string, string>;

export type FaultPointName = keyof typeof FAULT_POINTS;
