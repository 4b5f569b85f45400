package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"podlab/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"podlab": func() { os.Exit(cli.Main(os.Args[1:])) },
	})
}

// TestScript plays what users type and compares what they see; set
// UPDATE_SCRIPTS to have what they see written anew. The scripts need neither
// an engine nor a cluster. Besides testscript's own commands they have
//
//	exits CODE COMMAND ARGS...
//
// which runs a command that must end with that exit code.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PODLAB_STATE_DIR", env.WorkDir+"/state")
			env.Setenv("PODLAB_CACHE_DIR", env.WorkDir+"/cache")
			env.Setenv("LANG", "C.UTF-8")
			return nil
		},
		Cmds:          map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
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
