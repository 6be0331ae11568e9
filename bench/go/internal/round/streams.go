package round

import (
	"context"
	"sync"
	"time"
)

// tick is the interval at which an open loop publishes due requests; each request has its scheduled creation time.
const tick = time.Millisecond

// publish sends a request to Kafka or REST. It may return before the request is accepted.
type publish func(ctx context.Context, seq int, target Target)

type streamRunner struct {
	order  *Order
	ledger *ledger
	// senders contains the publish function of each stream.
	senders []publish
	// burstsOver is closed once all bursts have their outcomes.
	burstsOver chan struct{}
}

// run publishes all streams and returns once every request is published.
func (r *streamRunner) run(ctx context.Context) {
	var loops, bursts sync.WaitGroup
	for i, stream := range r.order.Streams {
		group := &loops
		if stream.Count > 0 {
			group = &bursts
		}
		group.Go(func() { r.runStream(ctx, i, stream) })
	}
	bursts.Wait()
	r.ledger.until(func() bool { return ctx.Err() != nil || r.decided(func(s Stream) bool { return s.Count > 0 }) })
	close(r.burstsOver)
	loops.Wait()
}

// decided reports whether all requests of the chosen streams have an outcome or were refused. The ledger must be
// locked.
func (r *streamRunner) decided(chosen func(Stream) bool) bool {
	for i, stream := range r.order.Streams {
		if chosen(stream) && r.ledger.decided[i] < r.ledger.opened[i] {
			return false
		}
	}
	return true
}

func (r *streamRunner) runStream(ctx context.Context, index int, stream Stream) {
	if !pause(ctx, milliseconds(stream.DelayMs)) {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if stream.Count == 0 {
		stop := r.stopAfter(stream, cancel)
		defer stop()
	}
	// Waits of the ledger check the context only when they are woken.
	defer context.AfterFunc(ctx, r.ledger.wake)()
	switch {
	case stream.Count > 0:
		for range stream.Count {
			if ctx.Err() != nil || !r.request(ctx, index, stream, time.Now()) {
				return
			}
		}
	case stream.Outstanding > 0:
		r.closedLoop(ctx, index, stream)
	default:
		r.openLoop(ctx, index, stream)
	}
}

func (r *streamRunner) stopAfter(stream Stream, cancel context.CancelFunc) (stop func()) {
	if stream.DurationMs > 0 {
		timer := time.AfterFunc(milliseconds(stream.DurationMs), cancel)
		return func() { timer.Stop() }
	}
	ended := make(chan struct{})
	go func() {
		select {
		case <-r.burstsOver:
			cancel()
		case <-ended:
		}
	}()
	return func() { close(ended) }
}

func (r *streamRunner) closedLoop(ctx context.Context, index int, stream Stream) {
	for {
		r.ledger.until(func() bool {
			return ctx.Err() != nil || r.ledger.opened[index]-r.ledger.decided[index] < stream.Outstanding
		})
		if ctx.Err() != nil || !r.request(ctx, index, stream, time.Now()) {
			return
		}
	}
}

func (r *streamRunner) openLoop(ctx context.Context, index int, stream Stream) {
	begun := time.Now()
	interval := time.Duration(float64(time.Second) / stream.RatePerSecond)
	for sent := 0; ; {
		for due := int(time.Since(begun) / interval); sent <= due; sent++ {
			if ctx.Err() != nil || !r.request(ctx, index, stream, begun.Add(time.Duration(sent)*interval)) {
				return
			}
		}
		if !pause(ctx, tick) {
			return
		}
	}
}

// request publishes the next request of a stream; it returns false once the round has its maximum number of requests.
func (r *streamRunner) request(ctx context.Context, index int, stream Stream, createdAt time.Time) bool {
	target := stream.Targets[r.opened(index)%len(stream.Targets)]
	seq, opened := r.ledger.open(index, target, r.order.MaxRequests, createdAt)
	if opened {
		r.senders[index](context.WithoutCancel(ctx), seq, r.order.Targets[target])
	}
	return opened
}

func (r *streamRunner) opened(index int) int {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	return r.ledger.opened[index]
}

// pause waits for `d`, and returns false if the context ends first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
