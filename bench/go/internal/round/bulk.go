package round

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// bulkLinger is the time for which requests of an account gather into one call.
const bulkLinger = 5 * time.Millisecond

// bulkPublisher calls POST /api/v1/webhook-executions/bulk with up to `items` requests of an account.
type bulkPublisher struct {
	order    *Order
	ledger   *ledger
	bodies   *bodies
	failures *reporter
	client   *fasthttp.Client
	slots    chan struct{}

	mu        sync.Mutex
	gathering map[Target][]int
}

func newBulkPublisher(order *Order, ledger *ledger, bodies *bodies, failures *reporter) (publish, func(), error) {
	p := &bulkPublisher{
		order: order, ledger: ledger, bodies: bodies, failures: failures,
		client: newRestClient(), slots: make(chan struct{}, restConnections), gathering: map[Target][]int{},
	}
	return p.send, p.client.CloseIdleConnections, nil
}

func (p *bulkPublisher) send(_ context.Context, seq int, target Target) {
	p.mu.Lock()
	gathered := append(p.gathering[target], seq)
	p.gathering[target] = gathered
	p.mu.Unlock()
	switch len(gathered) {
	case p.order.BulkItems:
		p.flush(target)
	case 1:
		time.AfterFunc(bulkLinger, func() { p.flush(target) })
	}
}

func (p *bulkPublisher) flush(target Target) {
	p.mu.Lock()
	seqs := p.gathering[target]
	delete(p.gathering, target)
	p.mu.Unlock()
	if len(seqs) == 0 {
		return
	}
	p.slots <- struct{}{}
	go func() {
		defer func() { <-p.slots }()
		ids, err := p.post(target, seqs)
		if err != nil {
			p.failures.report("the API refused a bulk request", err)
		}
		for i, seq := range seqs {
			if i >= len(ids) || ids[i] == "" {
				p.ledger.refuse(seq)
				continue
			}
			p.ledger.accept(seq)
			p.ledger.name(seq, ids[i])
		}
	}()
}

// post returns the execution id of each request; the id is empty if the request was not accepted.
func (p *bulkPublisher) post(target Target, seqs []int) ([]string, error) {
	items := make([]string, len(seqs))
	for i, seq := range seqs {
		items[i] = fmt.Sprintf(`{"action_id":%q,"context":%s}`, target.ActionID, p.bodies.context(seq))
	}
	body := `{"items":[` + strings.Join(items, ",") + `]}`
	var answer struct {
		Data []struct {
			ID string `json:"execution_id"`
		} `json:"data"`
	}
	err := callAPI(p.client, apiCall{
		url: p.order.API + "/api/v1/webhook-executions/bulk", key: target.Key, body: body, status: fasthttp.StatusOK,
	}, &answer)
	ids := make([]string, len(answer.Data))
	for i, item := range answer.Data {
		ids[i] = item.ID
	}
	return ids, err
}

func newRestClient() *fasthttp.Client {
	return &fasthttp.Client{
		MaxConnsPerHost: restConnections, ReadTimeout: restTimeout, WriteTimeout: restTimeout,
		NoDefaultUserAgentHeader: true,
	}
}

// apiCall is a POST with the status that it should return.
type apiCall struct {
	url, key, body string
	status         int
}

func callAPI(client *fasthttp.Client, call apiCall, answer any) error {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(call.url)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/json")
	request.Header.Set("Authorization", "Bearer "+call.key)
	request.SetBodyString(call.body)
	if err := client.Do(request, response); err != nil {
		return err
	}
	if response.StatusCode() != call.status {
		return fmt.Errorf("%d %.200s", response.StatusCode(), response.Body())
	}
	return json.Unmarshal(response.Body(), answer)
}
