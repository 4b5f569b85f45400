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

// The records that a run keeps from one command to the next.
const (
	startFile   = "start"   // the picture after the setup
	answersFile = "answers" // the learner's answers, by task
	hintsFile   = "hints"   // the hints shown, by task
)

func (p *run) file(what string) string {
	return filepath.Join(p.Dir, p.Name, what, p.kubeNamespace+".json")
}

func (p *run) keep(what string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return fmt.Errorf("write the %s record of %s: %w", what, p.scenario.Name, err)
	}
	return state.WriteFile(p.file(what), data, 0o600)
}

// kept loads a record; the error is [fs.ErrNotExist] when there is none.
func (p *run) kept(what string, value any) error {
	data, err := os.ReadFile(p.file(what))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("read the %s record of %s in %s: %w", what, p.scenario.Name, p.file(what), err)
	}
	return nil
}

// forget removes all records: they describe a situation that no longer exists.
func (p *run) forget() error {
	p.start = nil
	var errs []error
	for _, what := range []string{startFile, answersFile, hintsFile} {
		if err := os.Remove(p.file(what)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
