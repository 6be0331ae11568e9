package main

import (
	"time"

	"github.com/linkedin/goavro/v2"
)

type goavroLibrary struct{ requested, completed *goavro.Codec }

func newGoavro(requested, completed string) (library, error) {
	writer, err := goavro.NewCodec(requested)
	if err != nil {
		return nil, err
	}
	reader, err := goavro.NewCodec(completed)
	return &goavroLibrary{writer, reader}, err
}

func (l *goavroLibrary) fingerprint() uint64 { return l.requested.Rabin }

func (l *goavroLibrary) encode(o order, executionID string) ([]byte, error) {
	return l.requested.SingleFromNative(nil, map[string]interface{}{
		"executionId":         executionID,
		"accountId":           o.AccountID,
		"workflowId":          "workflow_go",
		"actionId":            o.ActionID,
		"workflowExecutionId": nil,
		"stepId":              goavro.Union("string", "step_go"),
		"context":             o.Context,
		"metadata":            map[string]interface{}{"library": "goavro"},
		"requestedAt":         time.Now(),
		"notBefore":           nil,
		"expiresAt":           goavro.Union("long.timestamp-millis", time.Now().Add(time.Hour)),
		"retryPolicy":         nil,
	})
}

func (l *goavroLibrary) decode(record []byte) (outcome, error) {
	// NativeFromSingle checks the fingerprint.
	native, _, err := l.completed.NativeFromSingle(record)
	if err != nil {
		return outcome{}, err
	}
	event := native.(map[string]interface{})
	metadata := map[string]string{}
	for name, value := range event["metadata"].(map[string]interface{}) {
		metadata[name] = value.(string)
	}
	made := outcome{ExecutionID: event["executionId"].(string), Status: event["status"].(string), Metadata: metadata}
	if status, ok := event["responseStatus"].(map[string]interface{}); ok {
		made.ResponseStatus = int(status["int"].(int32))
	}
	return made, nil
}
