package round

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"hookline.dev/bench/internal/events"
	"hookline.dev/bench/internal/kafka"
)

// Decides from the topics whether requests without an outcome are waiting or lost. Every consumer of Hookline commits
// only finished records: for each record below the committed offset of its group, the outcome or the next wait has been
// acknowledged. So a request is waiting if its newest record is at or after the committed offset of the group that
// reads this record, and otherwise lost.

// readers maps each topic that a request passes through to the group that reads it.
var readers = map[string]string{
	"webhook.requested": "dispatcher",
	"webhook.due":       "dispatcher",
	"webhook.delayed":   "retry-scheduler",
}

const laneTopics, laneReader = "webhook.delay.", "retry-scheduler"

// topicsBefore contains the end offsets of the topics at the start of a round.
type topicsBefore map[string]kafka.Offsets

// position is the position of a record of a request.
type position struct {
	topic              string
	partition          int32
	offset             int64
	attempt, deferrals int
	appendedAt         int64
}

func (p position) compare(other position) int {
	return cmp.Or(
		cmp.Compare(p.attempt, other.attempt),
		cmp.Compare(p.deferrals, other.deferrals),
		cmp.Compare(p.appendedAt, other.appendedAt),
		cmp.Compare(stage(p.topic), stage(other.topic)),
	)
}

func (p position) isWaiting(committed map[string]kafka.Offsets) bool {
	done, hasCommit := committed[p.topic][p.partition]
	return !hasCommit || p.offset >= done
}

// stage returns the order of the topics for records that were appended in the same millisecond.
func stage(topic string) int {
	switch {
	case strings.HasPrefix(topic, laneTopics):
		return 2
	case topic == "webhook.due":
		return 3
	case topic == "webhook.delayed":
		return 1
	}
	return 0
}

func waitTopics(ctx context.Context, client *kgo.Client, prefix string) ([]string, error) {
	listed, err := kadm.NewClient(client).ListTopics(ctx)
	if err != nil {
		return nil, err
	}
	topics := []string{"webhook.requested", "webhook.delayed", "webhook.due"}
	for _, name := range listed.Names() {
		if topic, ours := strings.CutPrefix(name, prefix); ours && strings.HasPrefix(topic, laneTopics) {
			topics = append(topics, topic)
		}
	}
	return topics, nil
}

// markTopics returns the current end offsets of the topics.
func markTopics(ctx context.Context, client *kgo.Client, prefix string) (topicsBefore, error) {
	topics, err := waitTopics(ctx, client, prefix)
	if err != nil {
		return nil, err
	}
	before := topicsBefore{}
	for _, topic := range topics {
		if before[topic], err = kafka.Ends(ctx, client, prefix+topic); err != nil {
			return nil, err
		}
	}
	return before, nil
}

// committedOffsets returns, for every topic of the round, the offsets that the group which reads it has committed.
func committedOffsets(
	ctx context.Context, client *kgo.Client, prefix string, topics topicsBefore,
) (map[string]kafka.Offsets, error) {
	committed := map[string]kafka.Offsets{}
	for topic := range topics {
		group, known := readers[topic]
		if !known {
			group = laneReader
		}
		offsets, err := kafka.Committed(ctx, client, prefix+"hookline."+group, prefix+topic)
		if err != nil {
			return nil, err
		}
		committed[topic] = offsets
	}
	return committed, nil
}

// accounting reads the topics after the load has ended.
type accounting struct {
	order     *Order
	catalogue *events.Catalogue
	ledger    *ledger
	before    topicsBefore
	newest    map[int]position
}

// readDeferrals records how often each request was deferred.
func (a *accounting) readDeferrals(ctx context.Context) error {
	return a.read(ctx, "webhook.delayed", func(seq int, due dueFields, _ position) {
		a.ledger.entries[seq].maxDeferrals = max(a.ledger.entries[seq].maxDeferrals, due.Deferrals)
	})
}

// markWaiting marks the accepted requests without an outcome that still wait. `committed` must have been read before
// the outcomes were read to their end; otherwise a request that finished in between would be counted as lost.
func (a *accounting) markWaiting(ctx context.Context, committed map[string]kafka.Offsets) error {
	a.newest = map[int]position{}
	for topic := range a.before {
		err := a.read(ctx, topic, func(seq int, _ dueFields, at position) {
			if known, seen := a.newest[seq]; !seen || at.compare(known) > 0 {
				a.newest[seq] = at
			}
		})
		if err != nil {
			return err
		}
	}
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	for seq := range a.ledger.entries {
		e := &a.ledger.entries[seq]
		at, seen := a.newest[seq]
		if e.accepted && e.outcomes == 0 && seen {
			e.waiting = at.isWaiting(committed)
		}
	}
	return nil
}

type dueFields struct {
	Request   executionField `avro:"request"`
	Attempt   int            `avro:"attempt"`
	DueAt     int64          `avro:"dueAt"`
	Deferrals int            `avro:"deferrals"`
}

type executionField struct {
	ExecutionID string `avro:"executionId"`
}

// read calls `visit` for each record of the round's requests in a topic, with the ledger locked.
func (a *accounting) read(ctx context.Context, topic string, visit func(int, dueFields, position)) error {
	return kafka.ReadRange(ctx, a.order.Deployment, a.order.Prefix+topic, a.before[topic], func(record *kgo.Record) {
		var due dueFields
		var err error
		if topic == "webhook.requested" {
			err = a.catalogue.Decode(record.Value, &due.Request)
		} else {
			err = a.catalogue.Decode(record.Value, &due)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s/%d/%d cannot be decoded, skipping it: %v\n", topic, record.Partition, record.Offset, err)
			return
		}
		a.ledger.mu.Lock()
		defer a.ledger.mu.Unlock()
		if seq, ours := a.ledger.seqOf[due.Request.ExecutionID]; ours {
			visit(seq, due, position{
				topic, record.Partition, record.Offset, due.Attempt, due.Deferrals, record.Timestamp.UnixMilli(),
			})
		}
	})
}
