// Package events writes and reads Hookline's events as an engine in another language does: with the published schema
// files and an Avro library that shares no code with Hookline, in Avro's single-object encoding.
package events

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hamba/avro/v2"
)

const headerBytes = 10

// Catalogue contains the published schemas of a checkout.
type Catalogue struct {
	dir     string
	written map[string]written
	// Schemas of all published versions by fingerprint.
	read map[uint64]avro.Schema
}

type written struct {
	schema avro.Schema
	header []byte
}

// OpenCatalogue reads <dir>/<event>/v<N>.avsc of all events.
func OpenCatalogue(dir string) (*Catalogue, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "v*.avsc"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no schemas (<event>/v<N>.avsc) in %s", dir)
	}
	catalogue := &Catalogue{dir: dir, written: map[string]written{}, read: map[uint64]avro.Schema{}}
	for _, file := range files {
		schema, fingerprint, err := parse(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		catalogue.read[fingerprint] = schema
		if filepath.Base(file) == "v1.avsc" {
			header := binary.LittleEndian.AppendUint64([]byte{0xc3, 0x01}, fingerprint)
			catalogue.written[filepath.Base(filepath.Dir(file))] = written{schema, header}
		}
	}
	return catalogue, nil
}

func parse(file string) (avro.Schema, uint64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	// Uses a separate cache, because the versions of a schema share names.
	schema, err := avro.ParseBytesWithCache(text, "", &avro.SchemaCache{})
	if err != nil {
		return nil, 0, err
	}
	fingerprint, err := Fingerprint(text)
	return schema, fingerprint, err
}

// Encode encodes an event with version 1 of its schema, which every release reads. `event` is the name of the schema
// folder.
func (c *Catalogue) Encode(event string, value any) ([]byte, error) {
	with, ok := c.written[event]
	if !ok {
		return nil, fmt.Errorf("there is no %s/v1.avsc in %s", event, c.dir)
	}
	datum, err := avro.Marshal(with.schema, value)
	if err != nil {
		return nil, err
	}
	return append(with.header[:headerBytes:headerBytes], datum...), nil
}

// Decode decodes the fields of `into` from an event of any published version.
func (c *Catalogue) Decode(record []byte, into any) error {
	if len(record) < headerBytes || record[0] != 0xc3 || record[1] != 0x01 {
		return fmt.Errorf("not an Avro single-object record")
	}
	fingerprint := binary.LittleEndian.Uint64(record[2:headerBytes])
	schema, ok := c.read[fingerprint]
	if !ok {
		return fmt.Errorf("no schema in %s has the fingerprint %016x", c.dir, fingerprint)
	}
	return avro.Unmarshal(schema, record[headerBytes:], into)
}
