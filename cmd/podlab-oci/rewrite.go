//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"os"
)

// object is a JSON object. podlab-oci reads some fields and keeps all others as they
// are, so that it works with any version of the specification.
type object map[string]json.RawMessage

// rewrite edits the file in place. The shim has created the file for this one call,
// so no other process reads it.
func rewrite(path string, edit func([]byte, uint64) ([]byte, error)) error {
	set, err := bounding()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return errors.New("podlab-oci: " + err.Error())
	}
	edited, err := edit(data, set)
	if err != nil {
		return errors.New("podlab-oci: edit " + path + ": " + err.Error())
	}
	if err := os.WriteFile(path, edited, 0o600); err != nil {
		return errors.New("podlab-oci: " + err.Error())
	}
	return nil
}

// editSpec edits a bundle's config.json.
func editSpec(data []byte, set uint64) ([]byte, error) {
	var spec object
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, err
	}
	if spec["process"] == nil {
		return data, nil
	}
	process, err := editProcess(spec["process"], set)
	if err != nil {
		return nil, err
	}
	spec["process"] = process
	return json.Marshal(spec)
}

// editProcess removes from an OCI process the capabilities that are not in set. If set
// lacks CAP_SYS_RESOURCE, it also removes a negative oomScoreAdj.
func editProcess(data []byte, set uint64) ([]byte, error) {
	var process object
	if err := json.Unmarshal(data, &process); err != nil {
		return nil, err
	}
	if raw := process["oomScoreAdj"]; raw != nil && !has(set, "CAP_SYS_RESOURCE") {
		var adj int
		if err := json.Unmarshal(raw, &adj); err != nil {
			return nil, err
		}
		if adj < 0 {
			delete(process, "oomScoreAdj")
		}
	}
	if raw := process["capabilities"]; raw != nil {
		var sets map[string][]string
		if err := json.Unmarshal(raw, &sets); err != nil {
			return nil, err
		}
		for name, caps := range sets {
			sets[name] = keep(caps, set)
		}
		edited, err := json.Marshal(sets)
		if err != nil {
			return nil, err
		}
		process["capabilities"] = edited
	}
	return json.Marshal(process)
}

// keep returns the capabilities in caps that are also in set.
func keep(caps []string, set uint64) []string {
	kept := make([]string, 0, len(caps))
	for _, c := range caps {
		if has(set, c) {
			kept = append(kept, c)
		}
	}
	return kept
}
