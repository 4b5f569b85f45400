package graph

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"podlab/internal/progress"
)

// tailLines is how many of a log's lines go into an error.
const tailLines = 12

// A stepLog writes the output of a step's commands to a file, shows the latest
// line as progress, and keeps the last lines for an error.
type stepLog struct {
	mu    sync.Mutex
	file  *os.File
	shown progress.Step
	lines []string
	line  []byte
	err   error // the first error of writing to file
}

func newLog(path string, shown progress.Step) (*stepLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	return &stepLog{file: file, shown: shown}, err
}

// Write never fails: the command would get a broken pipe, and its own error
// message would be lost. [stepLog.Close] reports a failed write.
func (l *stepLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range p {
		if c != '\n' && c != '\r' {
			l.line = append(l.line, c)
			continue
		}
		if line := strings.TrimSpace(string(l.line)); line != "" {
			l.lines = append(l.lines[max(0, len(l.lines)-tailLines+1):], line)
			l.shown.Detail("%s", line)
		}
		l.line = l.line[:0]
	}
	if _, err := l.file.Write(p); l.err == nil {
		l.err = err
	}
	return len(p), nil
}

// note writes a line to the file only.
func (l *stepLog) note(line string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintln(l.file, line)
	return err
}

// Close closes the file. The error says whether the file is incomplete.
func (l *stepLog) Close() error { return errors.Join(l.err, l.file.Close()) }

// tail returns the last lines, indented.
func (l *stepLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for i, line := range l.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("    " + line)
	}
	return b.String()
}
