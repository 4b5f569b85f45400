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

// What is kept of a play between one command and the next.
const (
	startFile   = "start"   // the picture when the setup had ended
	answersFile = "answers" // the learner's, by task
	hintsFile   = "hints"   // those that were given, by task
)

func (p *play) file(what string) string {
	return filepath.Join(p.Dir, p.Cluster, what, p.kubeNamespace+".json")
}

func (p *play) keep(what string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return fmt.Errorf("keep the %s of %s: %w", what, p.scenario.Name, err)
	}
	return state.WriteFile(p.file(what), data, 0o600)
}

// kept loads what was kept; the error is [fs.ErrNotExist] when nothing was.
func (p *play) kept(what string, value any) error {
	data, err := os.ReadFile(p.file(what))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("read the %s of %s in %s: %w", what, p.scenario.Name, p.file(what), err)
	}
	return nil
}

// forget lets go of everything that was kept: it is about a situation that is
// to be made anew.
func (p *play) forget() error {
	p.start = nil
	var errs []error
	for _, what := range []string{startFile, answersFile, hintsFile} {
		if err := os.Remove(p.file(what)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
