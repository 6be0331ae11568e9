// A workflow engine in Go that shares no code with Hookline: franz-go, and goavro or hamba/avro.
//
// It uses only the schema files and the documentation. It requests one execution with each compression; each record
// contains the fingerprint that its library computes from the published schema. It reads the outcomes with the canonical
// schema, from which every library computes the fingerprint of the specification.
//
// It reads an order as JSON from stdin and prints a report as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type request struct {
	ExecutionID string `json:"executionId"`
	Compression string `json:"compression"`
}

type order struct {
	Brokers   []string `json:"brokers"`
	Prefix    string   `json:"prefix"`
	AccountID string   `json:"accountId"`
	ActionID  string   `json:"actionId"`
	Context   string   `json:"context"`
	// Paths of v1.avsc of WebhookRequested and of v1.canonical.avsc of WebhookCompleted.
	RequestedSchema string    `json:"requestedSchema"`
	CompletedSchema string    `json:"completedSchema"`
	Library         string    `json:"library"`
	Requests        []request `json:"requests"`
}

type outcome struct {
	ExecutionID    string            `json:"executionId"`
	Status         string            `json:"status"`
	ResponseStatus int               `json:"responseStatus"`
	Metadata       map[string]string `json:"metadata"`
}

type report struct {
	// Fingerprint of the published WebhookRequested schema, as computed by the library.
	Fingerprint string `json:"fingerprint"`
	// Codec of the batch as stored by the broker, by execution.
	Stored   map[string]string `json:"stored"`
	Outcomes []outcome         `json:"outcomes"`
}

// library is the part of an Avro library that the engine uses.
type library interface {
	fingerprint() uint64
	// encode returns a WebhookRequested in the single-object encoding.
	encode(o order, executionID string) ([]byte, error)
	// decode returns a WebhookCompleted; it fails if the record does not name the canonical schema.
	decode(record []byte) (outcome, error)
}

var libraries = map[string]func(requested, completed string) (library, error){
	"goavro": newGoavro,
	"hamba":  newHamba,
}

// Each library is combined with another client's partitioner: Kafka's own and Sarama's.
var partitioners = map[string]kgo.Partitioner{
	"goavro": kgo.StickyKeyPartitioner(nil),
	"hamba":  kgo.StickyKeyPartitioner(kgo.SaramaCompatHasher(fnv32a)),
}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

// Codecs by their number in the attributes of a batch.
var codecNames = []string{"none", "gzip", "snappy", "lz4", "zstd"}

const deadline = 30 * time.Second

func main() {
	log.SetFlags(0)
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	made, err := run(ctx, o)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(made); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o order) (*report, error) {
	requested, err := os.ReadFile(o.RequestedSchema)
	if err != nil {
		return nil, err
	}
	completed, err := os.ReadFile(o.CompletedSchema)
	if err != nil {
		return nil, err
	}
	lib, err := libraries[o.Library](string(requested), string(completed))
	if err != nil {
		return nil, err
	}
	for _, r := range o.Requests {
		if err := send(ctx, o, lib, r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Compression, err)
		}
	}
	made := &report{
		Fingerprint: fmt.Sprintf("%016x", lib.fingerprint()),
		Stored:      map[string]string{},
		Outcomes:    []outcome{},
	}
	return made, collect(ctx, o, lib, made)
}

func send(ctx context.Context, o order, lib library, r request) error {
	value, err := lib.encode(o, r.ExecutionID)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(o.Brokers...),
		kgo.RecordPartitioner(partitioners[o.Library]),
		kgo.ProducerBatchCompression(codecs[r.Compression]),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	record := &kgo.Record{Topic: o.Prefix + "webhook.requested", Key: []byte(o.AccountID), Value: value}
	// The header identifies the execution, so that its stored batch can be recognised.
	record.Headers = []kgo.RecordHeader{{Key: "execution", Value: []byte(r.ExecutionID)}}
	return client.ProduceSync(ctx, record).FirstErr()
}

// collect reads until it has all outcomes, and each request as stored by the broker. Records that have not arrived by
// the deadline are missing from the report.
func collect(ctx context.Context, o order, lib library, made *report) error {
	wanted := map[string]bool{}
	for _, r := range o.Requests {
		wanted[r.ExecutionID] = true
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(o.Brokers...),
		kgo.ConsumeTopics(o.Prefix+"webhook.requested", o.Prefix+"webhook.completed"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	done := map[string]bool{}
	for len(done) < len(wanted) || len(made.Stored) < len(wanted) {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		for _, failed := range fetches.Errors() {
			return failed.Err
		}
		for _, record := range fetches.Records() {
			if strings.HasSuffix(record.Topic, "webhook.requested") {
				for _, header := range record.Headers {
					if wanted[string(header.Value)] {
						made.Stored[string(header.Value)] = codecNames[record.Attrs.CompressionType()]
					}
				}
				continue
			}
			got, err := lib.decode(record.Value)
			if err != nil {
				return fmt.Errorf("webhook.completed %d/%d: %w", record.Partition, record.Offset, err)
			}
			if wanted[got.ExecutionID] && !done[got.ExecutionID] {
				done[got.ExecutionID] = true
				made.Outcomes = append(made.Outcomes, got)
			}
		}
	}
	return nil
}

func fnv32a(key []byte) uint32 {
	hash := uint32(2166136261)
	for _, b := range key {
		hash = (hash ^ uint32(b)) * 16777619
	}
	return hash
}
