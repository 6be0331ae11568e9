"""A workflow engine that shares no code with Hookline: Python, fastavro, confluent-kafka.

It knows only the documentation: Avro single-object encoding, its own schema for WebhookRequested (the fields
without defaults, in its own order), registered in webhook.schemas, and for reading the schema that a record names.

Reads a JSON object from stdin: brokers, prefix, accountId, actionId, executionId and partition (null: the
client's own choice). Prints webhook.completed as JSON.
"""

import io
import json
import sys
import time

from confluent_kafka import Consumer, Producer
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

REQUESTED = {
    "type": "record",
    "name": "WebhookRequested",
    "namespace": "hookline.events",
    "fields": [
        {"name": "accountId", "type": "string"},
        {"name": "executionId", "type": "string"},
        {"name": "actionId", "type": "string"},
        {"name": "workflowId", "type": "string"},
        {"name": "context", "type": "string"},
        {"name": "metadata", "type": {"type": "map", "values": "string"}},
        {"name": "requestedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ],
}
MARKER = b"\xc3\x01"
DEADLINE_S = 30


def schema_fingerprint(schema):
    return fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")


def encode(schema, datum):
    # fastavro returns the fingerprint as hex digits of its little-endian bytes, the order in which it is sent.
    body = io.BytesIO()
    schemaless_writer(body, parse_schema(schema), datum)
    return MARKER + bytes.fromhex(schema_fingerprint(schema)) + body.getvalue()


def decode(schemas, value):
    assert value[:2] == MARKER, "not a single-object record"
    name = value[2:10][::-1].hex()
    return schemaless_reader(io.BytesIO(value[10:]), parse_schema(schemas[name]))


def read_until(brokers, topics, found):
    """Reads the topics from the beginning, record by record, until `found` returns something."""
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": f"foreign-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe(topics)
    deadline = time.monotonic() + DEADLINE_S
    try:
        while time.monotonic() < deadline:
            record = consumer.poll(0.5)
            if record is None or record.error():
                continue
            result = found(record)
            if result is not None:
                return result
        raise TimeoutError(f"nothing found in {topics} within {DEADLINE_S} s")
    finally:
        consumer.close()


def main():
    order = json.load(sys.stdin)
    brokers, prefix = order["brokers"], order["prefix"]
    account, execution = order["accountId"], order["executionId"]

    producer = Producer({"bootstrap.servers": brokers, "acks": "all"})
    key = bytes.fromhex(schema_fingerprint(REQUESTED))[::-1].hex()
    producer.produce(prefix + "webhook.schemas", key=key, value=json.dumps(REQUESTED))
    producer.flush()
    request = {
        "executionId": execution,
        "accountId": account,
        "workflowId": "workflow_py",
        "actionId": order["actionId"],
        "context": json.dumps({"contact": {"email": "zoë@example.com"}}),
        "metadata": {"language": "python"},
        "requestedAt": int(time.time() * 1000),
    }
    partition = {} if order["partition"] is None else {"partition": order["partition"]}
    producer.produce(prefix + "webhook.requested", key=account, value=encode(REQUESTED, request), **partition)
    producer.flush()

    schemas = {}
    waiting = []

    def completed(record):
        if record.topic() == prefix + "webhook.schemas":
            schemas[record.key().decode()] = json.loads(record.value())
        else:
            waiting.append(record.value())
        for value in waiting:
            if value[2:10][::-1].hex() in schemas:
                event = decode(schemas, value)
                if (event["accountId"], event["executionId"]) == (account, execution):
                    return event
        return None

    event = read_until(brokers, [prefix + "webhook.schemas", prefix + "webhook.completed"], completed)
    print(json.dumps(event, default=str))


main()
