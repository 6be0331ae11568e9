// Package ticket gives each request of a round a name that every program recognises without a table: a UUID whose first
// 24 characters identify the round and whose last 12 are the request's number in hexadecimal.
package ticket

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
)

// PrefixLength and Length are in characters; a prefix ends in a hyphen.
const (
	PrefixLength = 24
	Length       = 36
)

var mark = []byte("@@")

// NewPrefix returns a random prefix for a round.
func NewPrefix() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-", b[:4], b[4:6], b[6:8], b[8:10])
}

// Of returns the ticket of the request with the number `seq`.
func Of(prefix string, seq int) string {
	return fmt.Sprintf("%s%012x", prefix, seq)
}

// Seq returns the number in a ticket of this round, and false for any other text.
func Seq(prefix, text string) (int, bool) {
	if len(text) != Length || text[:PrefixLength] != prefix {
		return 0, false
	}
	seq, err := strconv.ParseUint(text[PrefixLength:], 16, 48)
	return int(seq), err == nil
}

// Marked returns a ticket in the form that Find recognises in a body.
func Marked(prefix string, seq int) string {
	return "@@" + Of(prefix, seq) + "@@"
}

// Find returns the first marked ticket in a body, and false if there is none.
func Find(body []byte) (string, bool) {
	at := bytes.Index(body, mark)
	if at < 0 || len(body) < at+2*len(mark)+Length {
		return "", false
	}
	text := body[at+len(mark) : at+len(mark)+Length]
	if !bytes.HasPrefix(body[at+len(mark)+Length:], mark) {
		return "", false
	}
	return string(text), true
}
