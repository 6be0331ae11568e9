// Package kafka creates producers, and reads positions and ranges of topics.
package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Deployment contains the brokers and the name prefix of a deployment.
type Deployment struct {
	Brokers []string `json:"brokers"`
	// Prefix of every topic and group name.
	Prefix string `json:"prefix"`
}

// Offsets maps partitions to offsets.
type Offsets map[int32]int64

// NewProducer returns a client with the acknowledgements of production (acks=all, idempotent) that sends the records of
// an account to the partition that Kafka's default partitioner selects for their key.
func NewProducer(deployment Deployment, options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(deployment.Brokers...),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.ProducerLinger(time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(1 << 20),
	}, options...)...)
}

// PartitionOf returns the partition of an account among n partitions.
func PartitionOf(accountID string, n int) int32 {
	partitioner := kgo.StickyKeyPartitioner(nil).ForTopic("")
	return int32(partitioner.Partition(&kgo.Record{Key: []byte(accountID)}, n))
}

// Ends returns the end offsets of a topic's partitions.
func Ends(ctx context.Context, client *kgo.Client, topic string) (Offsets, error) {
	listed, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, err
	}
	ends := Offsets{}
	listed.Each(func(offset kadm.ListedOffset) { ends[offset.Partition] = offset.Offset })
	return ends, nil
}

// Committed returns the offsets that a consumer group has committed for a topic, without partitions that have no
// commit.
func Committed(ctx context.Context, client *kgo.Client, group, topic string) (Offsets, error) {
	fetched, err := kadm.NewClient(client).FetchOffsets(ctx, group)
	if err != nil {
		return nil, err
	}
	committed := Offsets{}
	fetched.Each(func(offset kadm.OffsetResponse) {
		if offset.Topic == topic && offset.Err == nil {
			committed[offset.Partition] = offset.At
		}
	})
	return committed, nil
}

// Total returns the sum of the offsets.
func (o Offsets) Total() (sum int64) {
	for _, offset := range o {
		sum += offset
	}
	return sum
}

// Reached reports whether every partition is at or past its end.
func (o Offsets) Reached(ends Offsets) bool {
	for partition, end := range ends {
		if o[partition] < end {
			return false
		}
	}
	return true
}

// ReadRange calls `visit` with the records of a topic from `from` to its current end.
func ReadRange(ctx context.Context, deployment Deployment, topic string, from Offsets, visit func(*kgo.Record)) error {
	admin, err := kgo.NewClient(kgo.SeedBrokers(deployment.Brokers...))
	if err != nil {
		return err
	}
	defer admin.Close()
	ends, err := Ends(ctx, admin, topic)
	if err != nil || from.Reached(ends) {
		return err
	}
	return follow(ctx, deployment, topic, from, func(record *kgo.Record, at Offsets) bool {
		visit(record)
		return at.Reached(ends)
	})
}

// Follow calls `visit` with the records of a topic, starting at `from`, until the context ends.
func Follow(ctx context.Context, deployment Deployment, topic string, from Offsets, visit func(*kgo.Record, Offsets)) error {
	return follow(ctx, deployment, topic, from, func(record *kgo.Record, at Offsets) bool {
		visit(record, at)
		return false
	})
}

func follow(
	ctx context.Context, deployment Deployment, topic string, from Offsets, visit func(*kgo.Record, Offsets) (done bool),
) error {
	starts, at := map[int32]kgo.Offset{}, Offsets{}
	for partition, offset := range from {
		starts[partition], at[partition] = kgo.NewOffset().At(offset), offset
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(deployment.Brokers...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}), kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errs := fetches.Errors(); len(errs) > 0 {
			return errors.Join(errs[0].Err)
		}
		done := false
		fetches.EachRecord(func(record *kgo.Record) {
			at[record.Partition] = record.Offset + 1
			done = visit(record, at) || done
		})
		if done {
			return nil
		}
	}
}
