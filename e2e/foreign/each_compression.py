"""Workflow engines in Python that share no code with Hookline: confluent-kafka, and fastavro or Apache's avro.

They use only the schema files and the documentation. One execution is requested with each compression; each record
contains the fingerprint that the library computes from the published schema. The outcomes are read with the canonical
schema, from which every library computes the fingerprint of the specification. The Go program in `go` does the same.

Reads an order as JSON from stdin and prints a report as JSON.
"""

import datetime
import io
import json
import sys
import time

import avro.io
import avro.schema
import fastavro
import fastavro.schema
from confluent_kafka import Consumer, Producer

MARKER = b"\xc3\x01"
DEADLINE_S = 30


class ApacheAvro:
    def __init__(self, schema):
        self.schema = avro.schema.parse(schema)
        self.fingerprint = self.schema.fingerprint("CRC-64-AVRO")

    def write(self, datum):
        body = io.BytesIO()
        avro.io.DatumWriter(self.schema).write(datum, avro.io.BinaryEncoder(body))
        return body.getvalue()

    def read(self, body):
        return avro.io.DatumReader(self.schema).read(avro.io.BinaryDecoder(io.BytesIO(body)))


class FastAvro:
    def __init__(self, schema):
        self.schema = fastavro.parse_schema(json.loads(schema))
        canonical = fastavro.schema.to_parsing_canonical_form(json.loads(schema))
        self.fingerprint = bytes.fromhex(fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"))

    def write(self, datum):
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self.schema, datum)
        return body.getvalue()

    def read(self, body):
        return fastavro.schemaless_reader(io.BytesIO(body), self.schema)


LIBRARIES = {"avro": ApacheAvro, "fastavro": FastAvro}


def request(order, execution):
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "executionId": execution,
        "accountId": order["accountId"],
        "workflowId": "workflow_py",
        "actionId": order["actionId"],
        "workflowExecutionId": None,
        "stepId": "step_py",
        "context": order["context"],
        "metadata": {"library": order["library"]},
        "requestedAt": now,
        "notBefore": None,
        "expiresAt": now + datetime.timedelta(hours=1),
        "retryPolicy": None,
    }


def send(order, schema, one):
    codec = one["compression"]
    producer = Producer(
        {"bootstrap.servers": ",".join(order["brokers"]), "acks": "all", "compression.type": codec}
    )
    value = MARKER + schema.fingerprint + schema.write(request(order, one["executionId"]))
    producer.produce(order["prefix"] + "webhook.requested", key=order["accountId"], value=value)
    if producer.flush(DEADLINE_S) > 0:
        raise TimeoutError(f"{codec}: the broker did not acknowledge the request")


def collect(order, schema):
    wanted = {one["executionId"] for one in order["requests"]}
    consumer = Consumer(
        {
            "bootstrap.servers": ",".join(order["brokers"]),
            "group.id": f"foreign-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([order["prefix"] + "webhook.completed"])
    outcomes = {}
    deadline = time.monotonic() + DEADLINE_S
    try:
        # Outcomes that have not arrived by the deadline are missing from the report.
        while wanted - outcomes.keys() and time.monotonic() < deadline:
            record = consumer.poll(0.2)
            if record is None or record.error():
                continue
            value = record.value()
            assert value[:10] == MARKER + schema.fingerprint, f"the record names another schema: {value[:10].hex()}"
            event = schema.read(value[10:])
            if event["executionId"] in wanted:
                outcomes.setdefault(event["executionId"], event)
    finally:
        consumer.close()
    names = ("executionId", "status", "responseStatus", "metadata")
    return [{name: event[name] for name in names} for event in outcomes.values()]


def main():
    order = json.load(sys.stdin)
    library = LIBRARIES[order["library"]]
    with open(order["requestedSchema"], encoding="utf-8") as file:
        requested = library(file.read())
    with open(order["completedSchema"], encoding="utf-8") as file:
        completed = library(file.read())
    for one in order["requests"]:
        send(order, requested, one)
    report = {"fingerprint": requested.fingerprint[::-1].hex(), "outcomes": collect(order, completed)}
    print(json.dumps(report))


main()
