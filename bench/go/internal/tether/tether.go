// Package tether makes a program exit together with its parent process.
package tether

import (
	"bufio"
	"io"
	"os"
)

// Hold returns the first line of standard input and exits the program as soon as standard input ends. The parent keeps
// the input open; it ends when the parent stops this program or is killed.
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
