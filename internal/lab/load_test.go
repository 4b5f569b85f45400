package lab_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"podlab/internal/lab"
)

// good is the content of testdata/good.txtar.
func good(t testing.TB) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("testdata/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse(data).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

func TestLoad(t *testing.T) {
	c, err := lab.Load(good(t))
	if err != nil {
		t.Fatal(err)
	}
	_ = c
}
