package text_test

import (
	"testing"

	"podlab/internal/text"
)

func TestTable(t *testing.T) {
	table := text.Table{Rows: [][]string{{"이름", "COMMAND", "N"}}}
	table.Add("web", "nginx -g daemon off", "1")
	table.Add("파드", "", "")
	if got, want := table.String(), "이름  COMMAND              N\nweb   nginx -g daemon off  1\n파드\n"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	table.Narrow(1, 20, 8)
	if got, want := table.String(), "이름  COMMAND      N\nweb   nginx -g d…  1\n파드\n"; got != want {
		t.Errorf("narrowed, got:\n%s\nwant:\n%s", got, want)
	}
	table.Narrow(1, 5, 8)
	table.Color = func(cell string) string {
		if cell == "1" {
			return "33"
		}
		return ""
	}
	if got, want := table.String(), "이름  COMMAND   N\nweb   nginx -…  \x1b[33m1\x1b[0m\n파드\n"; got != want {
		t.Errorf("at its narrowest, in colour, got:\n%s\nwant:\n%s", got, want)
	}
}
