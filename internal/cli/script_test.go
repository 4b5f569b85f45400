package cli

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"podlab": func() { os.Exit(Main(os.Args[1:])) },
	})
}

// TestScript runs the command lines in testdata/script and compares their output.
// The scripts need neither an engine nor a cluster. $CONTENT is a directory with one
// small lab. Besides testscript's own commands, the scripts have
//
//	exits CODE COMMAND ARGS...
//
// which runs a command and requires that exit code.
func TestScript(t *testing.T) {
	content, err := filepath.Abs("testdata/content")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PODLAB_STATE_DIR", env.WorkDir+"/state")
			env.Setenv("PODLAB_CACHE_DIR", env.WorkDir+"/cache")
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("CONTENT", content)
			return nil
		},
		Cmds:          map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
		UpdateScripts: *update,
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if status, ok := errors.AsType[*exec.ExitError](err); ok {
		code = status.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
