package round

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/valyala/fasthttp"
	"hookline.dev/bench/internal/events"
	"hookline.dev/bench/internal/kafka"
	"hookline.dev/bench/internal/ticket"
)

const (
	// settle is the time for which duplicate calls may still arrive after the last outcome.
	settle = 300 * time.Millisecond
	// accountingTime bounds the reading of the topics after the load.
	accountingTime = 60 * time.Second
	maxReports     = 5
	noTime         = -1
)

// Result has one element per request in each list, in the order of publication. Times are in ms after StartedAt
// (unix ms), or -1 if the event did not happen.
type Result struct {
	StartedAt float64 `json:"startedAt"`
	// PublishedMs is the time of the last publication, and EndedMs the end of the round.
	PublishedMs float64   `json:"publishedMs"`
	EndedMs     float64   `json:"endedMs"`
	Stream      []int     `json:"stream"`
	Target      []int     `json:"target"`
	CreatedMs   []float64 `json:"createdMs"`
	// Accepted is true if Kafka acknowledged the request, or the API returned 202.
	Accepted []bool `json:"accepted"`
	// ArrivedMs is the time of the first arrival at the sink, and Arrivals the number of arrivals.
	ArrivedMs []float64 `json:"arrivedMs"`
	Arrivals  []int     `json:"arrivals"`
	// Outcomes is the number of records in webhook.completed.
	Outcomes  []int  `json:"outcomes"`
	Succeeded []bool `json:"succeeded"`
	// Deferrals is the greatest number of deferrals in the request's records in webhook.delayed.
	Deferrals []int `json:"deferrals"`
	// Waiting is true if the request has no outcome, but its newest record is not finished yet.
	Waiting []bool `json:"waiting"`
}

type outcomeFields struct {
	ExecutionID string `avro:"executionId"`
	Status      string `avro:"status"`
}

// Run runs a round.
func Run(order *Order) (*Result, error) {
	if err := order.check(); err != nil {
		return nil, err
	}
	catalogue, err := events.OpenCatalogue(order.AvroDir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), milliseconds(order.DeadlineMs)+accountingTime)
	defer cancel()
	admin, err := kgo.NewClient(kgo.SeedBrokers(order.Brokers...))
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	before, err := markTopics(ctx, admin, order.Prefix)
	if err != nil {
		return nil, err
	}
	prefix := ticket.NewPrefix()
	if err := control(order, fasthttp.MethodPost,
		fmt.Sprintf("/ctl/round?prefix=%s&max=%d", prefix, order.MaxRequests), nil); err != nil {
		return nil, err
	}
	ledger := newLedger(len(order.Streams))
	failures := &reporter{left: maxReports}
	outcomes, err := followOutcomes(ctx, order, catalogue, ledger, admin)
	if err != nil {
		return nil, err
	}
	defer outcomes.stop()
	result, err := load(ctx, order, catalogue, ledger, newBodies(prefix, order.BodyBytes), failures)
	if err != nil {
		return nil, err
	}
	committed, err := committedOffsets(ctx, admin, order.Prefix, before)
	if err != nil {
		return nil, err
	}
	if err := outcomes.readToEnd(ctx, admin); err != nil {
		return nil, err
	}
	accounts := &accounting{order: order, catalogue: catalogue, ledger: ledger, before: before}
	if err := errors.Join(accounts.readDeferrals(ctx), accounts.markWaiting(ctx, committed)); err != nil {
		return nil, err
	}
	return result, fill(result, order, ledger)
}

// load publishes all requests and waits for the awaited outcomes.
func load(
	ctx context.Context, order *Order, catalogue *events.Catalogue, ledger *ledger, bodies *bodies, failures *reporter,
) (*Result, error) {
	// Each stream has its own client, like a separate engine, so that its requests do not queue behind other streams.
	senders := make([]publish, len(order.Streams))
	for i := range order.Streams {
		send, closeClient, err := publisherOf(order, catalogue, ledger, bodies, failures)
		if err != nil {
			return nil, err
		}
		defer closeClient()
		senders[i] = send
	}
	loadCtx, cancel := context.WithTimeout(ctx, milliseconds(order.DeadlineMs))
	defer cancel()
	defer context.AfterFunc(loadCtx, ledger.wake)()
	runner := &streamRunner{order, ledger, senders, make(chan struct{})}
	ledger.startedAt = time.Now()
	runner.run(loadCtx)
	published := time.Since(ledger.startedAt)
	ledger.until(func() bool {
		return loadCtx.Err() != nil || runner.decided(func(s Stream) bool { return s.Awaited })
	})
	ended := time.Since(ledger.startedAt)
	pause(ctx, settle)
	return &Result{
		StartedAt:   float64(ledger.startedAt.UnixMicro()) / 1e3,
		PublishedMs: published.Seconds() * 1e3,
		EndedMs:     ended.Seconds() * 1e3,
	}, nil
}

func publisherOf(
	order *Order, catalogue *events.Catalogue, ledger *ledger, bodies *bodies, failures *reporter,
) (publish, func(), error) {
	if order.API != "" && order.BulkItems > 0 {
		return newBulkPublisher(order, ledger, bodies, failures)
	}
	if order.API != "" {
		return restPublisher(order, ledger, bodies, failures)
	}
	return kafkaPublisher(order, catalogue, ledger, bodies, failures)
}

// outcomeReader follows webhook.completed.
type outcomeReader struct {
	topic string
	stop  context.CancelFunc
	mu    sync.Mutex
	at    kafka.Offsets
	ended error
}

func followOutcomes(
	ctx context.Context, order *Order, catalogue *events.Catalogue, ledger *ledger, admin *kgo.Client,
) (*outcomeReader, error) {
	topic := order.Prefix + "webhook.completed"
	from, err := kafka.Ends(ctx, admin, topic)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	reader := &outcomeReader{topic: topic, stop: cancel, at: kafka.Offsets{}}
	for partition, offset := range from {
		reader.at[partition] = offset
	}
	go func() {
		err := kafka.Follow(ctx, order.Deployment, topic, from, func(record *kgo.Record, _ kafka.Offsets) {
			var outcome outcomeFields
			if err := catalogue.Decode(record.Value, &outcome); err != nil {
				fmt.Fprintf(os.Stderr, "could not decode an outcome, skipping it: %v\n", err)
			} else {
				ledger.outcome(outcome.ExecutionID, outcome.Status == "success")
			}
			reader.mu.Lock()
			defer reader.mu.Unlock()
			reader.at[record.Partition] = record.Offset + 1
		})
		reader.mu.Lock()
		defer reader.mu.Unlock()
		reader.ended = err
	}()
	return reader, nil
}

// readToEnd waits until all records that are in the topic now have been read.
func (r *outcomeReader) readToEnd(ctx context.Context, admin *kgo.Client) error {
	ends, err := kafka.Ends(ctx, admin, r.topic)
	if err != nil {
		return err
	}
	for {
		r.mu.Lock()
		reached, ended := r.at.Reached(ends), r.ended
		r.mu.Unlock()
		if reached || ended != nil {
			return ended
		}
		if !pause(ctx, 10*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// fill copies the ledger and the sink's arrivals into the lists of the result.
func fill(result *Result, order *Order, ledger *ledger) error {
	var arrivals []byte
	if err := control(order, fasthttp.MethodGet, "/ctl/arrivals", &arrivals); err != nil {
		return err
	}
	ledger.mu.Lock()
	defer ledger.mu.Unlock()
	if len(ledger.entries) == 0 {
		return errors.New("the round published nothing before its deadline")
	}
	startedAt := ledger.startedAt.UnixNano()
	for seq, e := range ledger.entries {
		arrivedMs, count := float64(noTime), 0
		if at := seq * 12; at+12 <= len(arrivals) {
			if count = int(binary.LittleEndian.Uint32(arrivals[at+8:])); count > 0 {
				arrivedMs = toMs(int64(binary.LittleEndian.Uint64(arrivals[at:])) - startedAt)
			}
		}
		result.Stream = append(result.Stream, e.stream)
		result.Target = append(result.Target, e.target)
		result.CreatedMs = append(result.CreatedMs, toMs(e.createdAt.UnixNano()-startedAt))
		result.Accepted = append(result.Accepted, e.accepted)
		result.ArrivedMs = append(result.ArrivedMs, arrivedMs)
		result.Arrivals = append(result.Arrivals, count)
		result.Outcomes = append(result.Outcomes, e.outcomes)
		result.Succeeded = append(result.Succeeded, e.succeeded)
		result.Deferrals = append(result.Deferrals, e.maxDeferrals)
		result.Waiting = append(result.Waiting, e.waiting)
	}
	return nil
}

// toMs converts ns into ms with three decimals.
func toMs(ns int64) float64 {
	return float64(ns/1_000) / 1_000
}

func control(order *Order, method, path string, body *[]byte) error {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(order.Sink + path)
	request.Header.SetMethod(method)
	if err := fasthttp.Do(request, response); err != nil {
		return fmt.Errorf("the sink does not respond: %w", err)
	}
	if response.StatusCode() != fasthttp.StatusOK {
		return fmt.Errorf("the sink responded to %s with %d %s", path, response.StatusCode(), response.Body())
	}
	if body != nil {
		*body = append([]byte(nil), response.Body()...)
	}
	return nil
}
