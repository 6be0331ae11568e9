/**
 * Places where a test may kill or freeze a process. Each place lies between two steps that no transaction makes atomic,
 * so that a test can reliably produce an interleaving that rarely happens by chance.
 *
 * To add a place, name it here as `<part>.<place>`, describe what has and what has not happened when it is reached, and
 * call `faultPoint` there. A test compares this table with the calls.
 */
export const FAULT_POINTS = {
  'lanes.before-publish': 'retry scheduler: a record may leave its topic; its next hop is not published yet',
  'lanes.hop-acknowledged':
    'retry scheduler: a record is stored in its next lane; its offset in the previous topic is not committed yet',
  'lanes.due-acknowledged':
    'retry scheduler: a record is stored in webhook.due; its offset in the previous topic is not committed yet',
  'intake.received': 'dispatcher: a record was received; its processing has not begun yet',
  'intake.reroute-acknowledged':
    'dispatcher: a misrouted request is stored in webhook.due; its original record is not finished yet',
  'call.before-send': 'dispatcher: a call is admitted; no byte of it has been sent yet',
  'call.answer-begun':
    'dispatcher: the endpoint has received the request and begun its response; the body is not read yet',
  'settle.call-ended': 'dispatcher: a call has ended; its result is not published yet',
  'settle.attempt-acknowledged':
    'dispatcher: the attempt is stored in Kafka; neither an outcome nor a wait is published yet',
  'settle.outcome-acknowledged': 'dispatcher: the outcome is stored in Kafka; the record is not finished yet',
  'settle.parked-acknowledged':
    'dispatcher: the parked attempt is stored in Kafka; the wait that announces it is not published yet',
  'command.before-outcome':
    'dispatcher: a command ends an execution that has no outcome; its outcome is not published yet',
  'command.outcome-acknowledged':
    'dispatcher: the outcome of a cancelled execution is stored in Kafka; the command is not finished yet',
  'release.due-acknowledged':
    'dispatcher: released attempts are stored in webhook.due; they are still in webhook.parked',
  'settle.wait-acknowledged': 'dispatcher: the next wait is stored in Kafka; the record is not finished yet',
  'consumer.gained':
    'dispatcher: a rebalance has assigned partitions; the verdicts of earlier owners are not read back yet',
  'consumer.before-commit': 'dispatcher: records are finished; their offsets are not committed yet',
  'consumer.committed': 'dispatcher: offsets are committed; the process has not recorded this yet',
  'consumer.drained':
    'dispatcher: it is stopping and no call is in flight; it has not made its last commit or left the group yet',
  'ingest.before-store': 'log ingestor: a batch has been read; its records are not in Postgres yet',
  'ingest.stored': 'log ingestor: a batch is stored in Postgres; its offsets are not committed yet',
  'replay.batch-stored': 'config-api: a batch of a replay job is stored; its requests are not published yet',
  'replay.batch-published':
    'config-api: the requests in a batch of a replay job are stored in Kafka; their results are not recorded yet',
} as const satisfies Record<string, string>;

export type FaultPointName = keyof typeof FAULT_POINTS;
