// Package waits publishes waits to webhook.delayed at a steady rate, as dispatchers do, and reads their records
// afterwards.
package waits

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"hookline.dev/bench/internal/events"
	"hookline.dev/bench/internal/kafka"
	"hookline.dev/bench/internal/ticket"
)

const (
	accounts     = 500
	tick         = 10 * time.Millisecond
	maxJitterMs  = 500
	contextBytes = 600
	watchEvery   = time.Second
)

// Order specifies the waits to publish and the time for their release.
type Order struct {
	kafka.Deployment
	AvroDir string `json:"avroDir"`
	Loads   []Load `json:"loads"`
	// DeadlineMs bounds the time for publishing and release together.
	DeadlineMs float64 `json:"deadlineMs"`
}

// Load is a number of waits published at a steady rate; loads run concurrently.
type Load struct {
	Records       int     `json:"records"`
	RatePerSecond float64 `json:"ratePerSecond"`
	// RetryShare is the share of waits that last as after a failed attempt (one of RetryWaitsMs plus jitter); the
	// others last for a random time from OddMinMs to OddMaxMs.
	RetryShare   float64   `json:"retryShare"`
	RetryWaitsMs []float64 `json:"retryWaitsMs"`
	OddMinMs     float64   `json:"oddMinMs"`
	OddMaxMs     float64   `json:"oddMaxMs"`
	DelayMs      float64   `json:"delayMs"`
}

// Result has one element per wait in each list. Times are in unix ms.
type Result struct {
	Load   []int   `json:"load"`
	Retry  []bool  `json:"retry"`
	DueAt  []int64 `json:"dueAt"`
	MadeAt []int64 `json:"madeAt"`
	// DelayedAt is the append time in webhook.delayed, or -1. The first lane depends on it, so a late append causes
	// additional hops.
	DelayedAt []int64 `json:"delayedAt"`
	// ReleasedAt is the time of the first append to webhook.due, or -1, and Releases the number of appends.
	ReleasedAt []int64 `json:"releasedAt"`
	Releases   []int   `json:"releases"`
	// Records is the number of the wait's records in all topics.
	Records []int `json:"records"`
	// MaxWaiting is the maximum number of waits at the same time.
	MaxWaiting int64 `json:"maxWaiting"`
}

type player struct {
	order     *Order
	catalogue *events.Catalogue
	producer  *kgo.Client
	prefix    string
	result    *Result
	published int
	failed    atomic.Pointer[error]
}

// Run publishes all loads, waits until every wait is released, and then reads the topics. Reading them earlier would
// take CPU time from the measured service.
func Run(order *Order) (*Result, error) {
	catalogue, err := events.OpenCatalogue(order.AvroDir)
	if err != nil {
		return nil, err
	}
	producer, err := kafka.NewProducer(order.Deployment)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(order.DeadlineMs)*time.Millisecond)
	defer cancel()
	p := &player{order: order, catalogue: catalogue, producer: producer, prefix: ticket.NewPrefix(), result: &Result{}}
	starts, err := p.mark(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.play(ctx, starts); err != nil {
		return nil, err
	}
	readCtx, cancelRead := context.WithTimeout(context.Background(), time.Minute)
	defer cancelRead()
	return p.result, p.readBack(readCtx, starts)
}

// mark returns the current end offsets of webhook.delayed, webhook.due and the lanes.
func (p *player) mark(ctx context.Context) (map[string]kafka.Offsets, error) {
	listed, err := kadm.NewClient(p.producer).ListTopics(ctx)
	if err != nil {
		return nil, err
	}
	starts := map[string]kafka.Offsets{}
	for _, name := range listed.Names() {
		topic, ours := strings.CutPrefix(name, p.order.Prefix)
		if !ours || topic != "webhook.due" && !strings.HasPrefix(topic, "webhook.delay") {
			continue
		}
		if starts[topic], err = kafka.Ends(ctx, p.producer, name); err != nil {
			return nil, err
		}
	}
	return starts, nil
}

func (p *player) play(ctx context.Context, starts map[string]kafka.Offsets) error {
	total := 0
	for _, load := range p.order.Loads {
		total += load.Records
	}
	begun, sent, watched := time.Now(), make([]int, len(p.order.Loads)), time.Time{}
	for {
		for i, load := range p.order.Loads {
			running := time.Since(begun).Seconds() - load.DelayMs/1_000
			for ; sent[i] < min(load.Records, int(running*load.RatePerSecond)); sent[i]++ {
				if err := p.publish(ctx, i, load); err != nil {
					return err
				}
			}
		}
		if time.Since(watched) >= watchEvery {
			watched = time.Now()
			ends, err := kafka.Ends(ctx, p.producer, p.order.Prefix+"webhook.due")
			if err != nil {
				return err
			}
			released := ends.Total() - starts["webhook.due"].Total()
			p.result.MaxWaiting = max(p.result.MaxWaiting, int64(p.published)-released)
			if failure := p.failed.Load(); failure != nil {
				return *failure
			}
			if p.published == total && released >= int64(total) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			// The result shows the waits that have not been released.
			return nil
		case <-time.After(tick):
		}
	}
}

func (p *player) publish(ctx context.Context, index int, load Load) error {
	isRetry := rand.Float64() < load.RetryShare
	waitMs, reason := load.OddMinMs+rand.Float64()*(load.OddMaxMs-load.OddMinMs), "rate_limited"
	if isRetry {
		base := load.RetryWaitsMs[rand.IntN(len(load.RetryWaitsMs))]
		waitMs, reason = base+rand.Float64()*min(base/10, maxJitterMs), "retry"
	}
	now := time.Now()
	dueAt := now.UnixMilli() + int64(waitMs)
	seq := len(p.result.DueAt)
	accountID := fmt.Sprintf("bench_account_%d", seq%accounts)
	value, err := p.catalogue.Encode(events.DueEvent, events.AttemptDue{
		Request: events.WebhookRequested{
			ExecutionID: ticket.Of(p.prefix, seq), AccountID: accountID, WorkflowID: "bench", ActionID: "bench",
			Context:  `{"contact":{"email":"john@example.com","notes":"` + strings.Repeat("x", contextBytes) + `"}}`,
			Metadata: map[string]string{}, RequestedAt: now.UnixMilli(),
		},
		AcceptedAt: now.UnixMilli(), ExpiresAt: now.Add(72 * time.Hour).UnixMilli(), Attempt: 2, DueAt: dueAt,
		Reason: reason,
	})
	if err != nil {
		return err
	}
	p.result.Load = append(p.result.Load, index)
	p.result.Retry = append(p.result.Retry, isRetry)
	p.result.DueAt = append(p.result.DueAt, dueAt)
	p.result.MadeAt = append(p.result.MadeAt, now.UnixMilli())
	p.published++
	record := &kgo.Record{Topic: p.order.Prefix + "webhook.delayed", Key: []byte(accountID), Value: value}
	p.producer.Produce(ctx, record, func(_ *kgo.Record, err error) {
		if err != nil {
			p.failed.Store(&err)
		}
	})
	return nil
}

type passing struct {
	Request struct {
		ExecutionID string `avro:"executionId"`
	} `avro:"request"`
}

func (p *player) readBack(ctx context.Context, starts map[string]kafka.Offsets) error {
	count := len(p.result.DueAt)
	p.result.ReleasedAt, p.result.Releases = make([]int64, count), make([]int, count)
	p.result.Records, p.result.DelayedAt = make([]int, count), make([]int64, count)
	for seq := range p.result.ReleasedAt {
		p.result.ReleasedAt[seq], p.result.DelayedAt[seq] = -1, -1
	}
	for topic, from := range starts {
		err := kafka.ReadRange(ctx, p.order.Deployment, p.order.Prefix+topic, from, func(record *kgo.Record) {
			var one passing
			if p.catalogue.Decode(record.Value, &one) != nil {
				return
			}
			seq, ours := ticket.Seq(p.prefix, one.Request.ExecutionID)
			if !ours || seq >= count {
				return
			}
			p.result.Records[seq]++
			switch topic {
			case "webhook.delayed":
				p.result.DelayedAt[seq] = record.Timestamp.UnixMilli()
			case "webhook.due":
				p.result.Releases[seq]++
				if p.result.Releases[seq] == 1 {
					p.result.ReleasedAt[seq] = record.Timestamp.UnixMilli()
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
