package events

import (
	"fmt"
	"testing"
)

func TestFingerprintFollowsSpecification(t *testing.T) {
	cases := map[string]string{
		`"int"`:                     "7275d51a3f395c8f",
		`{"type":"long","doc":"x"}`: "d054e14493f41db7",
		`{"type":"long","logicalType":"timestamp-millis"}`: "d054e14493f41db7",
	}
	for schema, want := range cases {
		got, err := Fingerprint([]byte(schema))
		if err != nil || fmt.Sprintf("%016x", got) != want {
			t.Errorf("%s: %016x (%v), want %s", schema, got, err, want)
		}
	}
}
