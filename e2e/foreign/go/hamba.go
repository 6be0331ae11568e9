package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/hamba/avro/v2"
)

type hambaLibrary struct{ requested, completed avro.Schema }

type hambaRequested struct {
	ExecutionID         string            `avro:"executionId"`
	AccountID           string            `avro:"accountId"`
	WorkflowID          string            `avro:"workflowId"`
	ActionID            string            `avro:"actionId"`
	WorkflowExecutionID *string           `avro:"workflowExecutionId"`
	StepID              *string           `avro:"stepId"`
	Context             string            `avro:"context"`
	Metadata            map[string]string `avro:"metadata"`
	RequestedAt         time.Time         `avro:"requestedAt"`
	NotBefore           *time.Time        `avro:"notBefore"`
	ExpiresAt           *time.Time        `avro:"expiresAt"`
	RetryPolicy         *struct{}         `avro:"retryPolicy"`
}

type hambaCompleted struct {
	ExecutionID    string            `avro:"executionId"`
	Status         string            `avro:"status"`
	ResponseStatus *int              `avro:"responseStatus"`
	Metadata       map[string]string `avro:"metadata"`
}

func newHamba(requested, completed string) (library, error) {
	writer, err := avro.Parse(requested)
	if err != nil {
		return nil, err
	}
	reader, err := avro.Parse(completed)
	return &hambaLibrary{writer, reader}, err
}

func fingerprintOf(schema avro.Schema) uint64 {
	bytes, err := schema.FingerprintUsing(avro.CRC64Avro)
	if err != nil {
		panic(err)
	}
	return binary.BigEndian.Uint64(bytes)
}

func (l *hambaLibrary) fingerprint() uint64 { return fingerprintOf(l.requested) }

func (l *hambaLibrary) encode(o order, executionID string) ([]byte, error) {
	step, expires := "step_go", time.Now().Add(time.Hour)
	datum, err := avro.Marshal(l.requested, hambaRequested{
		ExecutionID: executionID,
		AccountID:   o.AccountID,
		WorkflowID:  "workflow_go",
		ActionID:    o.ActionID,
		StepID:      &step,
		Context:     o.Context,
		Metadata:    map[string]string{"library": "hamba"},
		RequestedAt: time.Now(),
		ExpiresAt:   &expires,
	})
	header := binary.LittleEndian.AppendUint64([]byte{0xc3, 0x01}, l.fingerprint())
	return append(header, datum...), err
}

func (l *hambaLibrary) decode(record []byte) (outcome, error) {
	if len(record) < 10 || binary.LittleEndian.Uint64(record[2:]) != fingerprintOf(l.completed) {
		return outcome{}, fmt.Errorf("the record does not name the canonical schema: %x", record)
	}
	var event hambaCompleted
	if err := avro.Unmarshal(l.completed, record[10:], &event); err != nil {
		return outcome{}, err
	}
	made := outcome{ExecutionID: event.ExecutionID, Status: event.Status, Metadata: event.Metadata}
	if event.ResponseStatus != nil {
		made.ResponseStatus = *event.ResponseStatus
	}
	return made, nil
}
