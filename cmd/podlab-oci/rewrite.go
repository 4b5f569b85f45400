//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
)

// An object is a JSON object. Fields that podlab-oci does not edit stay as they
// are, whatever version of the specification they belong to.
type object map[string]json.RawMessage

// rewrite edits the file in place. That is safe because the shim has created
// the file for this one call, and no other process reads it.
func rewrite(path string, edit func(data []byte, missing []string) ([]byte, error)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return errors.New("podlab-oci: " + err.Error())
	}
	edited, err := edit(data, missingCapabilities())
	if err != nil {
		return errors.New("podlab-oci: edit " + path + ": " + err.Error())
	}
	if err := os.WriteFile(path, edited, 0o600); err != nil {
		return errors.New("podlab-oci: " + err.Error())
	}
	return nil
}

// editSpec edits the process in a bundle's config.json.
func editSpec(data []byte, missing []string) ([]byte, error) {
	var spec object
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, err
	}
	if spec["process"] == nil {
		return data, nil
	}
	process, err := editProcess(spec["process"], missing)
	if err != nil {
		return nil, err
	}
	spec["process"] = process
	return json.Marshal(spec)
}

// editProcess removes the missing capabilities from an OCI process. Without
// CAP_SYS_RESOURCE it also removes a negative oomScoreAdj, which runc then can't
// set.
func editProcess(data []byte, missing []string) ([]byte, error) {
	var process object
	if err := json.Unmarshal(data, &process); err != nil {
		return nil, err
	}
	if raw := process["oomScoreAdj"]; raw != nil && slices.Contains(missing, "CAP_SYS_RESOURCE") {
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
		for name, set := range sets {
			sets[name] = slices.DeleteFunc(set, func(c string) bool { return slices.Contains(missing, c) })
		}
		edited, err := json.Marshal(sets)
		if err != nil {
			return nil, err
		}
		process["capabilities"] = edited
	}
	return json.Marshal(process)
}
