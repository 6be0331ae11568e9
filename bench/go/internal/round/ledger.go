package round

import (
	"sync"
	"time"
)

// ledger contains one entry for each request of the round.
type ledger struct {
	startedAt time.Time

	mu      sync.Mutex
	entries []entry
	// With REST the API chooses the execution ids; an outcome may be read before the response that contains its id.
	seqOf map[string]int
	early map[string][]bool
	// Number of requests of each stream that have an outcome or were refused.
	decided []int
	opened  []int
	changed *sync.Cond
}

type entry struct {
	stream, target int
	createdAt      time.Time
	executionID    string
	accepted       bool
	outcomes       int
	succeeded      bool
	maxDeferrals   int
	waiting        bool
}

func newLedger(streams int) *ledger {
	l := &ledger{
		seqOf: map[string]int{}, early: map[string][]bool{},
		decided: make([]int, streams), opened: make([]int, streams),
	}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// open adds a request and returns its number; it returns false once there are `limit` requests.
func (l *ledger) open(stream, target, limit int, createdAt time.Time) (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= limit {
		return 0, false
	}
	l.entries = append(l.entries, entry{stream: stream, target: target, createdAt: createdAt})
	l.opened[stream]++
	return len(l.entries) - 1, true
}

// name records the execution id of a request.
func (l *ledger) name(seq int, executionID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[seq].executionID = executionID
	l.seqOf[executionID] = seq
	for _, succeeded := range l.early[executionID] {
		l.conclude(seq, succeeded)
	}
	delete(l.early, executionID)
}

func (l *ledger) accept(seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[seq].accepted = true
}

// refuse records that a request was not accepted.
func (l *ledger) refuse(seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decided[l.entries[seq].stream]++
	l.changed.Broadcast()
}

// outcome records an outcome from webhook.completed.
func (l *ledger) outcome(executionID string, succeeded bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq, known := l.seqOf[executionID]; known {
		l.conclude(seq, succeeded)
	} else {
		l.early[executionID] = append(l.early[executionID], succeeded)
	}
}

func (l *ledger) conclude(seq int, succeeded bool) {
	e := &l.entries[seq]
	e.outcomes++
	if e.outcomes == 1 {
		e.succeeded = succeeded
		l.decided[e.stream]++
		l.changed.Broadcast()
	}
}

// wake makes every waiting `until` check again.
func (l *ledger) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
}

// until waits until `done` returns true, and calls it with the ledger locked after each change.
func (l *ledger) until(done func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !done() {
		l.changed.Wait()
	}
}
