// Package round publishes the requests of one round, follows their outcomes and reports what became of each request.
package round

import (
	"errors"
	"time"

	"hookline.dev/bench/internal/kafka"
)

// Order is what a round does, as the benchmark writes it.
type Order struct {
	kafka.Place
	// AvroDir holds the published schemas of the checkout that is measured.
	AvroDir string `json:"avroDir"`
	// Sink is the receiver's base URL.
	Sink string `json:"sink"`
	// API is the base URL of config-api; with it requests go through REST, without through Kafka.
	API     string   `json:"api"`
	Targets []Target `json:"targets"`
	Streams []Stream `json:"streams"`
	// BodyBytes is about how long the body of a request becomes.
	BodyBytes int `json:"bodyBytes"`
	// MaxRequests bounds the round in number, DeadlineMs in time.
	MaxRequests int     `json:"maxRequests"`
	DeadlineMs  float64 `json:"deadlineMs"`
}

// Target is an account with one action.
type Target struct {
	AccountID string `json:"accountId"`
	ActionID  string `json:"actionId"`
	// Key is the account's API key, for REST.
	Key string `json:"key"`
}

// Stream is one kind of load; streams of a round run side by side. Exactly one of Outstanding, RatePerSecond and Count
// is set.
type Stream struct {
	// Targets are indexes into the order's targets, taken in turn.
	Targets []int `json:"targets"`
	// Outstanding makes it a closed loop: it keeps this many requests published whose outcome has not been read from
	// webhook.completed.
	Outstanding int `json:"outstanding"`
	// RatePerSecond makes it an open loop: requests are published on schedule, whatever happens to them.
	RatePerSecond float64 `json:"ratePerSecond"`
	// Count makes it a burst: this many requests, as fast as Kafka takes them.
	Count int `json:"count"`
	// DelayMs passes before the stream begins.
	DelayMs float64 `json:"delayMs"`
	// DurationMs is how long a loop publishes; 0: until every burst of the round is through.
	DurationMs float64 `json:"durationMs"`
	// Awaited: the round ends only when all its outcomes are there (or at the deadline).
	Awaited bool `json:"awaited"`
}

func (o *Order) check() error {
	if len(o.Targets) == 0 || len(o.Streams) == 0 || o.MaxRequests <= 0 || o.DeadlineMs <= 0 {
		return errors.New("a round needs targets, streams, maxRequests and deadlineMs")
	}
	for _, stream := range o.Streams {
		for _, target := range stream.Targets {
			if target < 0 || target >= len(o.Targets) {
				return errors.New("a stream names a target that is not there")
			}
		}
		if len(stream.Targets) == 0 {
			return errors.New("a stream needs targets")
		}
	}
	return nil
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond))
}
