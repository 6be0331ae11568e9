// Package round publishes the requests of one round, follows them to their outcomes and reports the course of each
// request.
package round

import (
	"errors"
	"time"

	"hookline.dev/bench/internal/kafka"
)

// Order specifies a round, as written by the benchmark.
type Order struct {
	kafka.Deployment
	// AvroDir is the folder of the published schemas of the measured checkout.
	AvroDir string `json:"avroDir"`
	// Sink is the receiver's base URL.
	Sink string `json:"sink"`
	// API is the base URL of config-api; if it is empty, requests are published to Kafka instead of sent through REST.
	API string `json:"api"`
	// BulkItems is the maximum number of requests in one call of the API; 0 sends each request alone.
	BulkItems int      `json:"bulkItems"`
	Targets   []Target `json:"targets"`
	Streams   []Stream `json:"streams"`
	// BodyBytes is the approximate size of a webhook's body.
	BodyBytes int `json:"bodyBytes"`
	// MaxRequests bounds the number of requests in the round, and DeadlineMs its duration.
	MaxRequests int     `json:"maxRequests"`
	DeadlineMs  float64 `json:"deadlineMs"`
}

// Target is an account with one action.
type Target struct {
	AccountID string `json:"accountId"`
	ActionID  string `json:"actionId"`
	// Key is the account's API key, used with REST.
	Key string `json:"key"`
}

// Stream is one kind of load; the streams of a round run concurrently. Exactly one of Outstanding, RatePerSecond and
// Count is set.
type Stream struct {
	// Targets are indexes of the order's targets, used in rotation.
	Targets []int `json:"targets"`
	// Outstanding makes the stream a closed loop, which keeps this many requests published without an outcome in
	// webhook.completed.
	Outstanding int `json:"outstanding"`
	// RatePerSecond makes the stream an open loop, which publishes requests on schedule, regardless of their outcomes.
	RatePerSecond float64 `json:"ratePerSecond"`
	// Count makes the stream a burst of this many requests, published as fast as Kafka accepts them.
	Count int `json:"count"`
	// DelayMs is the time before the stream begins.
	DelayMs float64 `json:"delayMs"`
	// DurationMs is the time for which a loop publishes; 0 means until all bursts of the round have their outcomes.
	DurationMs float64 `json:"durationMs"`
	// Awaited makes the round wait for all outcomes of the stream (or for the deadline).
	Awaited bool `json:"awaited"`
}

func (o *Order) check() error {
	if len(o.Targets) == 0 || len(o.Streams) == 0 || o.MaxRequests <= 0 || o.DeadlineMs <= 0 {
		return errors.New("a round needs targets, streams, maxRequests and deadlineMs")
	}
	for _, stream := range o.Streams {
		for _, target := range stream.Targets {
			if target < 0 || target >= len(o.Targets) {
				return errors.New("a stream refers to a target that does not exist")
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
