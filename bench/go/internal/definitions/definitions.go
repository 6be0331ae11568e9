// Package definitions publishes webhook definitions directly to webhook.definitions.
package definitions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"hookline.dev/bench/internal/events"
	"hookline.dev/bench/internal/kafka"
)

// Order specifies the number of definitions to publish, the number of their accounts and the approximate size of each.
type Order struct {
	kafka.Deployment
	AvroDir    string  `json:"avroDir"`
	Count      int     `json:"count"`
	Accounts   int     `json:"accounts"`
	Bytes      int     `json:"bytes"`
	Partitions int     `json:"partitions"`
	DeadlineMs float64 `json:"deadlineMs"`
}

// Result contains the number of definitions that Kafka acknowledged.
type Result struct {
	Published int `json:"published"`
}

// Run publishes the definitions and waits for all acknowledgements.
func Run(order *Order) (*Result, error) {
	catalogue, err := events.OpenCatalogue(order.AvroDir)
	if err != nil {
		return nil, err
	}
	// The key is the action id, but the partition depends on the account, so no partitioner can derive it.
	producer, err := kafka.NewProducer(order.Deployment, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(order.DeadlineMs)*time.Millisecond)
	defer cancel()
	result := &Result{}
	var mu sync.Mutex
	var refused error
	for i := range order.Count {
		record, err := definition(order, catalogue, i)
		if err != nil {
			return nil, err
		}
		producer.Produce(ctx, record, func(_ *kgo.Record, failure error) {
			mu.Lock()
			defer mu.Unlock()
			if failure == nil {
				result.Published++
			} else {
				refused = failure
			}
		})
	}
	if flushErr := producer.Flush(ctx); flushErr != nil {
		return nil, flushErr
	}
	if result.Published < order.Count {
		return nil, fmt.Errorf("Kafka acknowledged %d of %d definitions: %w", result.Published, order.Count, refused)
	}
	return result, nil
}

func definition(order *Order, catalogue *events.Catalogue, i int) (*kgo.Record, error) {
	accountID := fmt.Sprintf("bench_account_%d", i%order.Accounts)
	actionID := fmt.Sprintf("bench_action_%d", i)
	template := payloadTemplate(order.Bytes)
	value, err := catalogue.Encode(events.DefinitionEvent, events.WebhookDefinition{
		ActionID: actionID, AccountID: accountID, WorkflowID: fmt.Sprintf("workflow_%d", i/10), Version: 1, Enabled: true,
		URL: fmt.Sprintf("https://hooks.example.com/%s/%s", accountID, actionID), Method: "POST",
		Headers: map[string]string{"x-source": "bench"}, PayloadTemplate: &template,
		Auth: events.Authentication{Type: "none"}, TimeoutMs: 30_000, RetryEnabled: true, RetryMaxAttempts: 3,
		SSLVerify: true, ResponseMapping: map[string]string{}, ContentKind: "json", StoreBodies: true,
		UpdatedAt: time.Now().UnixMilli(),
	})
	if err != nil {
		return nil, err
	}
	partition := kafka.PartitionOf(accountID, order.Partitions)
	return &kgo.Record{
		Topic: order.Prefix + "webhook.definitions", Key: []byte(actionID), Value: value, Partition: partition,
	}, nil
}

var words = strings.Fields("order contact email phone street city country total currency plan stage owner source campaign " +
	"score birthday company website industry channel segment locale consent invoice shipment product quantity discount")

// payloadTemplate returns a typical template: an object of about this many bytes whose strings are merge fields.
func payloadTemplate(bytes int) string {
	var text strings.Builder
	text.WriteString("{")
	for text.Len() < bytes-200 {
		name := fmt.Sprintf("%s_%s_%d", words[rand.IntN(len(words))], words[rand.IntN(len(words))], rand.IntN(10_000))
		fmt.Fprintf(&text, `"%s":"{{contact.custom_fields.%s}}",`, name, name)
	}
	text.WriteString(`"id":"{{contact.id}}"}`)
	return text.String()
}
