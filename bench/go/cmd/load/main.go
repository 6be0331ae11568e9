// load is the benchmark's load generator. Its argument selects the load. It reads the order as one line of JSON from
// standard input, writes the result as one line of JSON to standard output, and exits with its parent.
//
//	load round        publishes requests and follows them to their outcomes
//	load waits        publishes waits and follows them to their release
//	load definitions  publishes definitions
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"hookline.dev/bench/internal/definitions"
	"hookline.dev/bench/internal/round"
	"hookline.dev/bench/internal/tether"
	"hookline.dev/bench/internal/waits"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "load: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: load round|waits|definitions")
	}
	order, err := tether.Hold()
	if err != nil {
		return fmt.Errorf("cannot read the order: write it to standard input as one line, and keep standard input open: %w", err)
	}
	switch os.Args[1] {
	case "round":
		return carryOut(order, round.Run)
	case "waits":
		return carryOut(order, waits.Run)
	case "definitions":
		return carryOut(order, definitions.Run)
	}
	return fmt.Errorf("unknown load %q: use round, waits or definitions", os.Args[1])
}

func carryOut[Order, Result any](text []byte, do func(*Order) (*Result, error)) error {
	order := new(Order)
	if err := json.Unmarshal(text, order); err != nil {
		return fmt.Errorf("the order is not valid JSON: %w", err)
	}
	result, err := do(order)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
