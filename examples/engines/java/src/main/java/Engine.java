import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.SchemaStore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A workflow engine in Java: requests one webhook call through Hookline and follows its outcomes until it is stopped.
 * Avro's BinaryMessageEncoder and BinaryMessageDecoder implement the single-object encoding. The environment variables
 * are in examples/engines/README.md.
 */
public final class Engine {
  private static final String BROKERS = System.getenv("KAFKA_BROKERS");
  private static final String PREFIX = System.getenv().getOrDefault("HOOKLINE_TOPIC_PREFIX", "");
  private static final String ACCOUNT = System.getenv("ACCOUNT_ID");
  private static final Path AVRO = Path.of(System.getenv("AVRO_DIR"));

  public static void main(String[] args) throws Exception {
    publish();
    follow();
  }

  private static void publish() throws Exception {
    Schema schema = schemaIn(AVRO.resolve("webhook-requested/v1.avsc"));
    GenericRecord request = new GenericRecordBuilder(schema)
        .set("executionId", UUID.randomUUID().toString())
        .set("accountId", ACCOUNT)
        .set("workflowId", System.getenv("WORKFLOW_ID"))
        .set("actionId", System.getenv("ACTION_ID"))
        .set("context", "{\"contact\":{\"email\":\"zo\u00eb@example.com\"}}")
        .set("metadata", Map.of("engine", "java"))
        .set("requestedAt", System.currentTimeMillis())
        .build();
    byte[] value = new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(request).array();
    // Without a partition, Kafka's client chooses by murmur2 of the key, as Hookline does. Hookline forwards records
    // from other partitions.
    String wanted = System.getenv("PARTITION");
    Integer partition = wanted == null ? null : Integer.valueOf(wanted);
    Map<String, Object> settings = Map.of("bootstrap.servers", BROKERS, "acks", "all", "compression.type", "gzip");
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(PREFIX + "webhook.requested", partition, ACCOUNT, value)).get();
    }
  }

  private static void follow() throws IOException {
    SchemaStore.Cache versions = new SchemaStore.Cache(); // The published versions, by fingerprint.
    try (var paths = Files.newDirectoryStream(AVRO.resolve("webhook-completed"), "v*.canonical.avsc")) {
      for (Path path : paths) {
        versions.addSchema(schemaIn(path));
      }
    }
    // Later versions are read with this schema: Avro skips their new fields.
    Schema known = schemaIn(AVRO.resolve("webhook-completed/v1.canonical.avsc"));
    var decoder = new BinaryMessageDecoder<GenericRecord>(GenericData.get(), known, versions);
    Set<String> seen = new HashSet<>(); // A real engine uses a unique key in its database, written with the effects.
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", BROKERS,
        "group.id", System.getenv().getOrDefault("GROUP_ID", "engine-java"),
        "auto.offset.reset", "earliest",
        "enable.auto.commit", false);
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(PREFIX + "webhook.completed"));
      while (true) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          GenericRecord outcome = decoder.decode(record.value());
          String executionId = outcome.get("executionId").toString();
          if (!outcome.get("accountId").toString().equals(ACCOUNT)) continue;
          // A GenericRecord prints itself as JSON.
          if (seen.add(executionId)) System.out.println("{\"outcome\": " + outcome + "}");
          else System.out.println("{\"repeat\": \"" + executionId + "\"}");
        }
        // Committed after the outcomes were processed, so that a crash repeats the outcomes instead of losing them.
        consumer.commitSync();
      }
    }
  }

  private static Schema schemaIn(Path path) throws IOException {
    return new Schema.Parser().parse(Files.readString(path));
  }
}
