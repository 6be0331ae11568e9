// sink is the endpoint of the benchmark's webhooks. It responds to every POST with 200, after <ms> if the path begins
// with /after/<ms>/, and records the first arrival of each request of the round and its number of arrivals. It prints
// its address (loopback) and exits with its parent.
//
//	POST /ctl/round?prefix=P&max=N  clears all arrivals and expects tickets 0 … N-1 with that prefix
//	GET  /ctl/arrivals              returns for each ticket up to the highest ticket seen, in little-endian: int64
//	                                first arrival in unix ns (0 for none), uint32 number of arrivals
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"hookline.dev/bench/internal/tether"
	"hookline.dev/bench/internal/ticket"
)

const (
	maxTickets   = 5_000_000
	maxBodyBytes = 4 << 20
)

type round struct {
	prefix string
	first  []atomic.Int64
	count  []atomic.Uint32
	last   atomic.Int64
}

func newRound(prefix string, size int) *round {
	r := &round{prefix: prefix, first: make([]atomic.Int64, size), count: make([]atomic.Uint32, size)}
	r.last.Store(-1)
	return r
}

func (r *round) note(body []byte, now int64) {
	text, found := ticket.Find(body)
	if !found {
		return
	}
	seq, ours := ticket.Seq(r.prefix, text)
	if !ours || seq >= len(r.first) {
		return
	}
	if r.count[seq].Add(1) == 1 {
		r.first[seq].Store(now)
	}
	for last := r.last.Load(); int64(seq) > last && !r.last.CompareAndSwap(last, int64(seq)); {
		last = r.last.Load()
	}
}

func (r *round) dump() []byte {
	seen := int(r.last.Load() + 1)
	out := make([]byte, 0, seen*12)
	for seq := range seen {
		out = binary.LittleEndian.AppendUint64(out, uint64(r.first[seq].Load()))
		out = binary.LittleEndian.AppendUint32(out, r.count[seq].Load())
	}
	return out
}

var (
	current  atomic.Pointer[round]
	response = []byte(`{"received":true}`)
	after    = []byte("/after/")
	control  = []byte("/ctl/")
)

func delay(path []byte) time.Duration {
	rest, found := bytes.CutPrefix(path, after)
	if !found {
		return 0
	}
	text, _, _ := bytes.Cut(rest, []byte("/"))
	ms, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func handle(c *fasthttp.RequestCtx) {
	now := time.Now().UnixNano()
	path := c.Path()
	if bytes.HasPrefix(path, control) {
		handleControl(c, string(path[len(control):]))
		return
	}
	current.Load().note(c.PostBody(), now)
	if wait := delay(path); wait > 0 {
		time.Sleep(wait)
	}
	c.SetContentType("application/json")
	c.SetBody(response)
}

func handleControl(c *fasthttp.RequestCtx, command string) {
	switch command {
	case "round":
		size := c.QueryArgs().GetUintOrZero("max")
		if size > maxTickets {
			c.Error(fmt.Sprintf("max must be at most %d", maxTickets), fasthttp.StatusBadRequest)
			return
		}
		current.Store(newRound(string(c.QueryArgs().Peek("prefix")), size))
	case "arrivals":
		c.SetBody(current.Load().dump())
	default:
		c.Error("unknown command: use round or arrivals", fasthttp.StatusNotFound)
	}
}

func main() {
	log.SetFlags(0)
	current.Store(newRound("", 0))
	if _, err := tether.Hold(); err != nil {
		log.Fatal("sink: write one line to standard input, and keep it open as long as the sink must run")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	server := &fasthttp.Server{Handler: handle, NoDefaultServerHeader: true, MaxRequestBodySize: maxBodyBytes}
	log.Fatal(server.Serve(listener))
}
