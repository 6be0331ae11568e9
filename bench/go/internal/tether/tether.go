// Package tether ends a program together with whoever started it.
package tether

import (
	"bufio"
	"io"
	"os"
)

// Hold returns the first line of standard input and ends the program as soon as standard input ends. The parent keeps
// that pipe open, so it closes when the parent stops this program and also when the parent is killed.
func Hold() (firstLine []byte, err error) {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	firstLine, err = input.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = io.Copy(io.Discard, input)
		os.Exit(0)
	}()
	return firstLine, nil
}
