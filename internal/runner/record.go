package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"podlab/internal/state"
)

// The records that podlab keeps from one command to the next.
const (
	startFile   = "start"   // the picture after the setup
	answersFile = "answers" // the learner's answers, by task
	hintsFile   = "hints"   // the hints shown, by task
)

func (p *run) recordPath(record string) string {
	return filepath.Join(p.Dir, p.Name, record, p.kubeNamespace+".json")
}

func (p *run) saveRecord(record string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return fmt.Errorf("write the %s record of %s: %w", record, p.scenario.Name, err)
	}
	return state.WriteFile(p.recordPath(record), data, 0o600)
}

// loadRecord loads a record. The error is [fs.ErrNotExist] if there is no record.
func (p *run) loadRecord(record string, value any) error {
	data, err := os.ReadFile(p.recordPath(record))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("read the %s record of %s in %s: %w", record, p.scenario.Name, p.recordPath(record), err)
	}
	return nil
}

// removeRecords removes all records, because they describe a situation that no longer exists.
func (p *run) removeRecords() error {
	p.start = nil
	var errs []error
	for _, record := range []string{startFile, answersFile, hintsFile} {
		if err := os.Remove(p.recordPath(record)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
