package round

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/valyala/fasthttp"
	"hookline.dev/bench/internal/events"
	"hookline.dev/bench/internal/kafka"
	"hookline.dev/bench/internal/ticket"
)

const (
	// restConnections is the number of concurrent API calls.
	restConnections = 64
	restTimeout     = 30 * time.Second
	paddingPool     = 1 << 16
	letters         = "abcdefghijklmnopqrstuvwxyz0123456789 "
)

// bodies creates the bodies of requests: an event of a shop, with the ticket that the sink looks for.
type bodies struct {
	prefix, padding string
	bytes           int
}

func newBodies(prefix string, bytes int) *bodies {
	var padding strings.Builder
	for range paddingPool {
		padding.WriteByte(letters[rand.IntN(len(letters))])
	}
	return &bodies{prefix, padding.String(), min(bytes, paddingPool/2)}
}

// context returns the context of a request in JSON; its `contact.custom_fields.event` becomes the body.
func (b *bodies) context(seq int) string {
	head := `{"type":"order.created","ticket":"` + ticket.Marked(b.prefix, seq) + `","note":"`
	from := seq * 977 % (paddingPool / 2)
	note := b.padding[from : from+max(0, b.bytes-len(head)-2)]
	return `{"contact":{"custom_fields":{"event":` + head + note + `"}}}}`
}

// reporter prints the first few failures, so that a round does not fail silently.
type reporter struct {
	mu   sync.Mutex
	left int
}

func (r *reporter) report(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left > 0 {
		r.left--
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	}
}

// kafkaPublisher produces webhook.requested as a workflow engine does.
func kafkaPublisher(
	order *Order, catalogue *events.Catalogue, ledger *ledger, bodies *bodies, failures *reporter,
) (publish, func(), error) {
	client, err := kafka.NewProducer(order.Deployment)
	if err != nil {
		return nil, nil, err
	}
	topic := order.Prefix + "webhook.requested"
	send := func(ctx context.Context, seq int, target Target) {
		executionID := ticket.Of(bodies.prefix, seq)
		ledger.name(seq, executionID)
		value, err := catalogue.Encode(events.RequestedEvent, events.WebhookRequested{
			ExecutionID: executionID, AccountID: target.AccountID, WorkflowID: "bench", ActionID: target.ActionID,
			Context: bodies.context(seq), Metadata: map[string]string{}, RequestedAt: time.Now().UnixMilli(),
		})
		if err != nil {
			failures.report("could not encode a request", err)
			ledger.refuse(seq)
			return
		}
		record := &kgo.Record{Topic: topic, Key: []byte(target.AccountID), Value: value}
		client.Produce(ctx, record, func(_ *kgo.Record, err error) {
			if err != nil {
				failures.report("Kafka refused a request", err)
				ledger.refuse(seq)
				return
			}
			ledger.accept(seq)
		})
	}
	return send, client.Close, nil
}

// restPublisher calls POST /api/v1/webhook-executions.
func restPublisher(order *Order, ledger *ledger, bodies *bodies, failures *reporter) (publish, func(), error) {
	client := newRestClient()
	slots := make(chan struct{}, restConnections)
	send := func(_ context.Context, seq int, target Target) {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			executionID, err := postExecution(client, order.API, target, bodies.context(seq))
			if err != nil {
				failures.report("the API refused a request", err)
				ledger.refuse(seq)
				return
			}
			ledger.accept(seq)
			ledger.name(seq, executionID)
		}()
	}
	return send, client.CloseIdleConnections, nil
}

func postExecution(client *fasthttp.Client, api string, target Target, contextJSON string) (string, error) {
	var created struct {
		ID string `json:"execution_id"`
	}
	err := callAPI(client, apiCall{
		url: api + "/api/v1/webhook-executions", key: target.Key,
		body:   fmt.Sprintf(`{"action_id":%q,"context":%s}`, target.ActionID, contextJSON),
		status: fasthttp.StatusAccepted,
	}, &created)
	if err == nil && created.ID == "" {
		err = errors.New("the response has no execution_id")
	}
	return created.ID, err
}
