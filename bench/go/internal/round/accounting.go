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

// Decides from the topics what became of the requests that have no outcome. Every consumer of Hookline commits only
// finished records: below the committed offset of its group, a record's outcome or its next wait has been acknowledged. So a request is
// still waiting if its newest record lies at or after the committed offset of the group that reads it, and lost if it
// lies before.

// readers maps the topics that a request passes to the group that moves it on.
var readers = map[string]string{
	"webhook.requested": "dispatcher",
	"webhook.due":       "dispatcher",
	"webhook.delayed":   "retry-scheduler",
}

const laneTopics, laneReader = "webhook.delay.", "retry-scheduler"

// topicsBefore remembers where the topics of a round ended when it began.
type topicsBefore map[string]kafka.Offsets

// position is where the newest record of a request is.
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

// stage orders the topics for records that were appended in the same millisecond; lanes lead to shorter lanes.
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

// markTopics notes where the topics end.
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

// committedOffsets of every topic of the round, by the group that reads it.
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

// accounting reads the topics after the load is over.
type accounting struct {
	order     *Order
	catalogue *events.Catalogue
	ledger    *ledger
	before    topicsBefore
	newest    map[int]position
}

// readDeferrals notes how often each request was put off without an attempt.
func (a *accounting) readDeferrals(ctx context.Context) error {
	return a.read(ctx, "webhook.delayed", func(seq int, due dueFields, _ position) {
		a.ledger.entries[seq].maxDeferrals = max(a.ledger.entries[seq].maxDeferrals, due.Deferrals)
	})
}

// judge marks the accepted requests without an outcome that still wait. `committed` must have been read before the
// outcomes were read to their end: then nothing that was finished by then is taken for lost.
func (a *accounting) judge(ctx context.Context, committed map[string]kafka.Offsets) error {
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

// read hands the round's requests in a topic to `visit`, with the ledger locked.
func (a *accounting) read(ctx context.Context, topic string, visit func(int, dueFields, position)) error {
	return kafka.ReadRange(ctx, a.order.Place, a.order.Prefix+topic, a.before[topic], func(record *kgo.Record) {
		var due dueFields
		var err error
		if topic == "webhook.requested" {
			err = a.catalogue.Decode(record.Value, &due.Request)
		} else {
			err = a.catalogue.Decode(record.Value, &due)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s/%d/%d is skipped: %v\n", topic, record.Partition, record.Offset, err)
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
