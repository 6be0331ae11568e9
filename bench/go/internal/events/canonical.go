package events

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Computes the parsing canonical form and the CRC-64-AVRO fingerprint as the Avro specification defines them (1.12,
// "Transforming into Parsing Canonical Form"). Avro libraries for Go keep logical types or {"type":"long"} in that form
// and so compute other fingerprints, which old releases of Hookline do not recognise.

var primitives = map[string]bool{
	"null": true, "boolean": true, "int": true, "long": true, "float": true, "double": true, "bytes": true, "string": true,
}

// Fingerprint returns the fingerprint of a schema in JSON.
func Fingerprint(schema []byte) (uint64, error) {
	var node any
	decoder := json.NewDecoder(strings.NewReader(string(schema)))
	decoder.UseNumber()
	if err := decoder.Decode(&node); err != nil {
		return 0, err
	}
	form, err := canonical(node, "")
	if err != nil {
		return 0, err
	}
	return crc64Avro([]byte(form)), nil
}

func canonical(node any, namespace string) (string, error) {
	switch schema := node.(type) {
	case string:
		return quoted(typeName(schema, namespace)), nil
	case []any:
		branches, err := each(schema, namespace)
		return "[" + branches + "]", err
	case map[string]any:
		return canonicalObject(schema, namespace)
	}
	return "", fmt.Errorf("not an Avro schema: %v", node)
}

func canonicalObject(schema map[string]any, namespace string) (string, error) {
	kind, isName := schema["type"].(string)
	if !isName {
		return canonical(schema["type"], namespace)
	}
	switch kind {
	case "array":
		items, err := canonical(schema["items"], namespace)
		return `{"type":"array","items":` + items + "}", err
	case "map":
		values, err := canonical(schema["values"], namespace)
		return `{"type":"map","values":` + values + "}", err
	case "record", "error", "enum", "fixed":
		return canonicalNamed(schema, kind, namespace)
	}
	return quoted(typeName(kind, namespace)), nil
}

func canonicalNamed(schema map[string]any, kind, namespace string) (string, error) {
	if own, ok := schema["namespace"].(string); ok {
		namespace = own
	}
	name, _ := schema["name"].(string)
	full := typeName(name, namespace)
	if dot := strings.LastIndexByte(full, '.'); dot >= 0 {
		namespace = full[:dot]
	}
	head := `{"name":` + quoted(full) + `,"type":` + quoted(kind)
	switch kind {
	case "enum":
		symbols, err := json.Marshal(schema["symbols"])
		return head + `,"symbols":` + string(symbols) + "}", err
	case "fixed":
		return fmt.Sprintf(`%s,"size":%v}`, head, schema["size"]), nil
	}
	var fields []string
	list, _ := schema["fields"].([]any)
	for _, item := range list {
		field, _ := item.(map[string]any)
		fieldName, _ := field["name"].(string)
		form, err := canonical(field["type"], namespace)
		if err != nil {
			return "", err
		}
		fields = append(fields, `{"name":`+quoted(fieldName)+`,"type":`+form+"}")
	}
	return head + `,"fields":[` + strings.Join(fields, ",") + "]}", nil
}

func each(schemas []any, namespace string) (string, error) {
	forms := make([]string, len(schemas))
	for i, schema := range schemas {
		form, err := canonical(schema, namespace)
		if err != nil {
			return "", err
		}
		forms[i] = form
	}
	return strings.Join(forms, ","), nil
}

func typeName(name, namespace string) string {
	if primitives[name] || namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func quoted(text string) string {
	return `"` + text + `"`
}

const emptyFingerprint = 0xc15d213aa4d7a795

var crcTable = func() (table [256]uint64) {
	for i := range table {
		fingerprint := uint64(i)
		for range 8 {
			fingerprint = fingerprint>>1 ^ (emptyFingerprint & -(fingerprint & 1))
		}
		table[i] = fingerprint
	}
	return table
}()

func crc64Avro(data []byte) uint64 {
	fingerprint := uint64(emptyFingerprint)
	for _, b := range data {
		fingerprint = fingerprint>>8 ^ crcTable[byte(fingerprint)^b]
	}
	return fingerprint
}
