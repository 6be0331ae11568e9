package round

import (
	"testing"

	"hookline.dev/bench/internal/kafka"
)

func TestWaitingRecordsAreNotBelowCommittedOffset(t *testing.T) {
	committed := map[string]kafka.Offsets{"webhook.due": {3: 100}}
	cases := map[string]struct {
		at      position
		waiting bool
	}{
		"not read yet":                {position{topic: "webhook.due", partition: 3, offset: 100}, true},
		"finished by its reader":      {position{topic: "webhook.due", partition: 3, offset: 99}, false},
		"no commit for its partition": {position{topic: "webhook.due", partition: 4, offset: 0}, true},
		"no commit for its topic":     {position{topic: "webhook.delayed", partition: 3, offset: 0}, true},
	}
	for name, c := range cases {
		if got := c.at.isWaiting(committed); got != c.waiting {
			t.Errorf("%s: waiting is %v, want %v", name, got, c.waiting)
		}
	}
}

func TestNewestRecordOfARequest(t *testing.T) {
	// In the order in which a request passes through the topics.
	path := []position{
		{topic: "webhook.requested", appendedAt: 10},
		{topic: "webhook.delayed", attempt: 1, appendedAt: 10},
		{topic: "webhook.delay.5s", attempt: 1, appendedAt: 10},
		{topic: "webhook.delay.1s", attempt: 1, appendedAt: 5_010},
		{topic: "webhook.due", attempt: 1, appendedAt: 6_010},
		{topic: "webhook.delayed", attempt: 1, deferrals: 1, appendedAt: 6_010},
		{topic: "webhook.delayed", attempt: 2, appendedAt: 6_010},
	}
	for i := 1; i < len(path); i++ {
		if path[i].compare(path[i-1]) <= 0 || path[i-1].compare(path[i]) >= 0 {
			t.Errorf("record %d does not compare as newer than its predecessor", i)
		}
	}
}
