package cli

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"podlab"
	"podlab/internal/lab"
)

// contentOptions say which labs to use.
type contentOptions struct{ dir string }

func (a *app) contentFlag(cmd *cobra.Command, o *contentOptions) {
	cmd.Flags().StringVar(&o.dir, "content", "", a.text("directory of labs to use instead of the embedded ones", "내장된 실습 대신 이 디렉터리의 실습을 씁니다"))
	// The error is only for a flag that does not exist.
	_ = cmd.MarkFlagDirname("content")
}

// files returns the file system of the content.
func (o *contentOptions) files() (fs.FS, error) {
	if o.dir == "" {
		return podlab.Content, nil
	}
	info, err := os.Stat(o.dir)
	if err != nil {
		return nil, &contentError{fmt.Errorf("read content: %w", err)}
	}
	if !info.IsDir() {
		return nil, &contentError{fmt.Errorf("read content: %s is not a directory", o.dir)}
	}
	return os.DirFS(o.dir), nil
}

// load reads and validates all labs.
func (o *contentOptions) load() (*lab.Content, error) {
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	content, err := lab.Load(files)
	if err != nil {
		return nil, &contentError{err}
	}
	return content, nil
}

// A selection is a lab and the content that it comes from.
type selection struct {
	files   fs.FS
	content *lab.Content
	lab     *lab.Lab
}

// lab reads all labs and selects one, the first for name "".
func (o *contentOptions) lab(name string) (*selection, error) {
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	content, err := o.load()
	if err != nil {
		return nil, err
	}
	selected := content.Labs[0]
	if name != "" {
		if selected, err = content.Lab(name); err != nil {
			return nil, mistake(err.Error())
		}
	}
	return &selection{files, content, selected}, nil
}

// completeLabs offers the labs' names for the first argument, and their tasks
// for the second where a verb takes one.
func (o *contentOptions) completeLabs(tasks bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		content, err := o.load()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var out []cobra.Completion
		switch {
		case len(args) == 0:
			for _, l := range content.Labs {
				out = append(out, cobra.CompletionWithDesc(l.Name, l.Title.EN))
			}
		case len(args) == 1 && tasks:
			l, err := content.Lab(args[0])
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			for _, part := range l.Scenarios {
				for i := range part.Of.Tasks {
					out = append(out, part.Scenario+"/"+part.Of.Tasks[i].Name)
				}
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
