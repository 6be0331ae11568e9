//! A workflow engine in Rust: requests one webhook call through Hookline and follows its outcomes until it is stopped.
//! Uses rdkafka and apache-avro. The environment variables are in examples/engines/README.md.

use std::collections::{HashMap, HashSet};
use std::env::var;
use std::error::Error;
use std::fs::{read_dir, read_to_string};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use apache_avro::{from_avro_datum, rabin::Rabin, to_avro_datum, types::Record, types::Value, Schema};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::json;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    publish()?;
    follow()
}

fn publish() -> Outcome<()> {
    let schema = schema_in("webhook-requested/v1.avsc")?;
    let account = var("ACCOUNT_ID")?;
    let mut request = Record::new(&schema).ok_or("the schema of requests is not a record")?;
    request.put("executionId", Uuid::new_v4().to_string());
    request.put("accountId", account.as_str());
    request.put("workflowId", var("WORKFLOW_ID")?);
    request.put("actionId", var("ACTION_ID")?);
    request.put("context", json!({"contact": {"email": "zoë@example.com"}}).to_string());
    request.put("metadata", HashMap::from([("engine".to_string(), Value::String("rust".into()))]));
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
    request.put("requestedAt", Value::TimestampMillis(now));
    for name in ["workflowExecutionId", "stepId", "notBefore", "expiresAt", "retryPolicy"] {
        request.put(name, Value::Union(0, Box::new(Value::Null)));
    }
    let value = [header(&schema), to_avro_datum(&schema, request)?].concat();

    let producer: BaseProducer = kafka().set("acks", "all").set("compression.type", "lz4").create()?;
    let topic = topic("webhook.requested");
    let mut record = BaseRecord::to(&topic).key(&account).payload(&value);
    // Without a partition, librdkafka chooses by CRC-32 of the key; Hookline forwards records from other partitions.
    if let Ok(partition) = var("PARTITION") {
        record = record.partition(partition.parse()?);
    }
    producer.send(record).map_err(|(error, _)| error)?;
    producer.flush(Duration::from_secs(30))?;
    Ok(())
}

fn follow() -> Outcome<()> {
    let mut schemas = HashMap::new(); // The published versions, by the first ten bytes of a record.
    for entry in read_dir(format!("{}/webhook-completed", var("AVRO_DIR")?))? {
        let name = entry?.file_name().into_string().map_err(|_| "a file name is not UTF-8")?;
        if name.ends_with(".canonical.avsc") {
            let schema = schema_in(&format!("webhook-completed/{name}"))?;
            schemas.insert(header(&schema), schema);
        }
    }
    let consumer: BaseConsumer = kafka()
        .set("group.id", var("GROUP_ID").unwrap_or("engine-rust".into()))
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&[&topic("webhook.completed")])?;
    let account = var("ACCOUNT_ID")?;
    let mut seen = HashSet::new(); // A real engine uses a unique key in its database, written with the effects.
    loop {
        let Some(polled) = consumer.poll(Duration::from_secs(1)) else { continue };
        let record = polled?;
        let value = record.payload().unwrap_or_default();
        let schema = schemas.get(&value[..10]).ok_or("AVRO_DIR has no schema for this outcome")?;
        let outcome: serde_json::Value = from_avro_datum(schema, &mut &value[10..], None)?.try_into()?;
        if outcome["accountId"] == account.as_str() {
            let id = outcome["executionId"].clone();
            let is_new = seen.insert(id.to_string());
            println!("{}", if is_new { json!({ "outcome": outcome }) } else { json!({ "repeat": id }) });
        }
        // Committed after the outcome was processed, so that a crash repeats the outcome instead of losing it.
        consumer.commit_message(&record, CommitMode::Sync)?;
    }
}

/// Returns the marker and the fingerprint, which apache-avro computes in the order in which it is sent.
fn header(schema: &Schema) -> Vec<u8> {
    [vec![0xc3, 0x01], schema.fingerprint::<Rabin>().bytes].concat()
}

fn schema_in(file: &str) -> Outcome<Schema> {
    Ok(Schema::parse_str(&read_to_string(format!("{}/{file}", var("AVRO_DIR")?))?)?)
}

fn kafka() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", var("KAFKA_BROKERS").unwrap_or("127.0.0.1:9092".into()));
    config
}

fn topic(name: &str) -> String {
    var("HOOKLINE_TOPIC_PREFIX").unwrap_or_default() + name
}
