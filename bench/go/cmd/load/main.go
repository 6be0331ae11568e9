// load is the benchmark's load generator. Its argument names what it does; the order comes as one line of JSON on
// standard input, the result goes as one line of JSON to standard output. It ends with its parent.
//
//	load round        requests, followed to their outcomes
//	load waits        waits, followed to their release
//	load definitions  definitions
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
		return fmt.Errorf("standard input must hold the order as one line and stay open: %w", err)
	}
	switch os.Args[1] {
	case "round":
		return carryOut(order, round.Run)
	case "waits":
		return carryOut(order, waits.Run)
	case "definitions":
		return carryOut(order, definitions.Run)
	}
	return fmt.Errorf("there is no load %q", os.Args[1])
}

func carryOut[Order, Result any](text []byte, do func(*Order) (*Result, error)) error {
	order := new(Order)
	if err := json.Unmarshal(text, order); err != nil {
		return fmt.Errorf("the order cannot be read: %w", err)
	}
	result, err := do(order)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
