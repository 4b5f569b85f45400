package cli

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"podlab"
	"podlab/internal/lab"
)

// contentOptions select the content to load.
type contentOptions struct{ dir string }

func (a *app) contentFlag(cmd *cobra.Command, o *contentOptions) {
	cmd.Flags().StringVar(&o.dir, "content", "", a.text("use the labs in directory `DIR` instead of the embedded ones", "내장된 실습 대신 디렉터리 `DIR`의 실습을 씁니다"))
	// The only possible error is that the flag does not exist.
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

// labs loads the content and selects the named labs, or all labs without a name.
func (o *contentOptions) labs(names ...string) ([]*selection, error) {
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	content, err := o.load()
	if err != nil {
		return nil, err
	}
	labs := content.Labs
	if len(names) > 0 {
		labs = nil
	}
	for _, name := range names {
		l, err := content.Lab(name)
		if err != nil {
			return nil, argumentError(err.Error())
		}
		labs = append(labs, l)
	}
	selected := make([]*selection, len(labs))
	for i, l := range labs {
		selected[i] = &selection{files, content, l}
	}
	return selected, nil
}

// lab loads the content and selects the named lab, or the first lab without a name.
func (o *contentOptions) lab(names ...string) (*selection, error) {
	selected, err := o.labs(names...)
	if err != nil {
		return nil, err
	}
	return selected[0], nil
}

// completeLabs completes the first argument with the names of labs and, if tasks is
// set, the second with the tasks of that lab.
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
