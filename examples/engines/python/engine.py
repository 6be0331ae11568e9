"""A workflow engine in Python: requests one webhook call through Hookline and follows its outcomes until it is stopped.

It uses its own schema for requests, in its own namespace, with nullable fields and without the fields that it never
sends.
Needs fastavro and confluent-kafka. The environment variables are in examples/engines/README.md.
"""

import glob
import io
import json
import os
import time
import uuid

from confluent_kafka import Consumer, Producer
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

BROKERS, PREFIX = os.environ["KAFKA_BROKERS"], os.environ.get("HOOKLINE_TOPIC_PREFIX", "")
ACCOUNT = os.environ["ACCOUNT_ID"]
MARKER = b"\xc3\x01"
REQUESTED = {
    "type": "record",
    "name": "WebhookRequested",
    "namespace": "com.acme.engine",
    "fields": [
        {"name": "accountId", "type": "string"},
        {"name": "executionId", "type": "string"},
        {"name": "actionId", "type": "string"},
        {"name": "workflowId", "type": "string"},
        {"name": "context", "type": ["null", "string"]},
        {"name": "metadata", "type": {"type": "map", "values": ["null", "string"]}},
        {"name": "requestedAt", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
    ],
}


def schema_fingerprint(schema):
    """Returns the eight bytes in the order in which they are sent, which is the order of fastavro's hex digits."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def publish(producer):
    # Publish your own schema before the first record that uses it; publishing it again does no harm.
    name = schema_fingerprint(REQUESTED)
    producer.produce(PREFIX + "webhook.schemas", key=name[::-1].hex(), value=json.dumps(REQUESTED))
    producer.flush()
    request = {
        "accountId": ACCOUNT,
        "executionId": str(uuid.uuid4()),
        "actionId": os.environ["ACTION_ID"],
        "workflowId": os.environ["WORKFLOW_ID"],
        "context": json.dumps({"contact": {"email": "zoë@example.com"}}),
        "metadata": {"engine": "python"},
        "requestedAt": int(time.time() * 1000),
    }
    body = io.BytesIO()
    schemaless_writer(body, parse_schema(REQUESTED), request)
    # Without a partition, librdkafka chooses by CRC-32 of the key; Hookline forwards records from other partitions.
    wanted = {"partition": int(os.environ["PARTITION"])} if "PARTITION" in os.environ else {}
    value = MARKER + name + body.getvalue()
    producer.produce(PREFIX + "webhook.requested", key=ACCOUNT, value=value, **wanted)
    producer.flush()


def outcome_schemas():
    """Returns the published versions of the outcome schema, by the fingerprint at the start of a record."""
    schemas = {}
    for path in glob.glob(os.path.join(os.environ["AVRO_DIR"], "webhook-completed", "v*.canonical.avsc")):
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        schemas[MARKER + schema_fingerprint(schema)] = parse_schema(schema)
    return schemas


def follow(consumer):
    schemas = outcome_schemas()
    # A real engine uses a unique key in its database instead, written in the transaction that uses the outcome.
    seen = set()
    while True:
        record = consumer.poll(1.0)
        if record is None or record.error():
            continue
        value = record.value()
        outcome = schemaless_reader(io.BytesIO(value[10:]), schemas[value[:10]])
        identity = (outcome["accountId"], outcome["executionId"])
        if identity[0] == ACCOUNT:
            print(json.dumps({"repeat": identity[1]} if identity in seen else {"outcome": outcome}), flush=True)
            seen.add(identity)
        # Committed after the outcome was processed, so that a crash repeats the outcome instead of losing it.
        consumer.commit(record, asynchronous=False)


publish(Producer({"bootstrap.servers": BROKERS, "acks": "all", "compression.type": "zstd"}))
outcomes = Consumer(
    {
        "bootstrap.servers": BROKERS,
        "group.id": os.environ.get("GROUP_ID", "engine-python"),
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
outcomes.subscribe([PREFIX + "webhook.completed"])
follow(outcomes)
