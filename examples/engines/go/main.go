// A workflow engine in Go: requests one webhook call through Hookline and follows its outcomes until it is stopped.
// Uses franz-go and hamba/avro. The environment variables are in examples/engines/README.md.
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
)

var prefix, account = os.Getenv("HOOKLINE_TOPIC_PREFIX"), os.Getenv("ACCOUNT_ID")

func main() {
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.ProducerBatchCompression(kgo.SnappyCompression()),
		kgo.ConsumerGroup(groupID()),
		kgo.ConsumeTopics(prefix + "webhook.completed"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
	}
	// Without this option, franz-go chooses the partition by murmur2 of the key, as Hookline does. Hookline forwards
	// records from other partitions.
	partition, err := strconv.Atoi(os.Getenv("PARTITION"))
	if err == nil {
		options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	client, err := kgo.NewClient(options...)
	check(err)
	record := &kgo.Record{Topic: prefix + "webhook.requested", Key: []byte(account), Value: request(), Partition: int32(partition)}
	check(client.ProduceSync(context.Background(), record).FirstErr())
	follow(client)
}

// request returns a WebhookRequested in the single-object encoding, written with the published schema.
func request() []byte {
	schema := schemaIn("webhook-requested/v1.avsc")
	datum, err := avro.Marshal(schema, map[string]any{
		"executionId":         newUUID(),
		"accountId":           account,
		"workflowId":          os.Getenv("WORKFLOW_ID"),
		"actionId":            os.Getenv("ACTION_ID"),
		"workflowExecutionId": nil,
		"stepId":              nil,
		"context":             `{"contact":{"email":"zoë@example.com"}}`,
		"metadata":            map[string]string{"engine": "go"},
		"requestedAt":         time.Now(),
		"notBefore":           nil,
		"expiresAt":           nil,
		"retryPolicy":         nil,
	})
	check(err)
	return append(header(schema), datum...)
}

func follow(client *kgo.Client) {
	paths, err := filepath.Glob(filepath.Join(os.Getenv("AVRO_DIR"), "webhook-completed/v*.canonical.avsc"))
	check(err)
	schemas := map[string]avro.Schema{} // The published versions, by the first ten bytes of a record.
	for _, path := range paths {
		schema := schemaIn("webhook-completed/" + filepath.Base(path))
		schemas[string(header(schema))] = schema
	}
	seen := map[string]bool{} // A real engine uses a unique key in its database, written with the outcome's effects.
	for {
		for _, record := range client.PollFetches(context.Background()).Records() {
			outcome := map[string]any{}
			check(avro.Unmarshal(schemas[string(record.Value[:10])], record.Value[10:], &outcome))
			id := fmt.Sprint(outcome["executionId"])
			if outcome["accountId"] == account {
				line := map[string]any{"outcome": outcome}
				if seen[id] {
					line = map[string]any{"repeat": id}
				}
				seen[id] = true
				check(json.NewEncoder(os.Stdout).Encode(line))
			}
			// Committed after the outcome was processed, so that a crash repeats the outcome instead of losing it.
			check(client.CommitRecords(context.Background(), record))
		}
	}
}

// header returns the marker, and the fingerprint that hamba computes, in little-endian order.
func header(schema avro.Schema) []byte {
	fingerprint, err := schema.FingerprintUsing(avro.CRC64Avro)
	check(err)
	return binary.LittleEndian.AppendUint64([]byte{0xc3, 0x01}, binary.BigEndian.Uint64(fingerprint))
}

func schemaIn(file string) avro.Schema {
	text, err := os.ReadFile(filepath.Join(os.Getenv("AVRO_DIR"), file))
	check(err)
	return avro.MustParse(string(text))
}

func groupID() string {
	if id := os.Getenv("GROUP_ID"); id != "" {
		return id
	}
	return "engine-go"
}

func newUUID() string {
	b := make([]byte, 16)
	_, err := rand.Read(b)
	check(err)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
