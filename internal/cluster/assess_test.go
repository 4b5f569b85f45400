package cluster

import (
	"errors"
	"testing"
)

// A fact is a change to a container that is as planned.
type fact func(*container)

func marked(owner, config string) fact {
	return func(c *container) {
		c.Mounts[1].Destination = mark{owner, config}.mount().ContainerPath
	}
}

func unmarked(c *container)   { c.Mounts = c.Mounts[:1] }
func otherImage(c *container) { c.Image = "sha256:2" }
func called(name string) fact { return func(c *container) { c.Name = name } }
func in(state string) fact    { return func(c *container) { c.State.Status = state } }

// node is a running container of uid-1, made by configuration 1, with facts
// changed.
func node(name string, facts ...fact) container {
	c := container{ID: "id-" + name, Name: name, Image: "sha256:1"}
	c.State.Status = "running"
	c.Mounts = append(c.Mounts, struct{ Type, Name, Destination string }{"volume", "v", "/var"},
		struct{ Type, Name, Destination string }{"bind", "", "/etc/podlab/uid-1/1"})
	for _, f := range facts {
		f(&c)
	}
	return c
}

func TestOwnership(t *testing.T) {
	for _, c := range []struct {
		name  string
		found []container
		owner string // of the ForeignError
		ours  bool
	}{
		{"ours", []container{node("a"), node("b")}, "", true},
		{"ours, half made", []container{node("a", in("created"))}, "", true},
		{"ours, by another configuration", []container{node("a", marked("uid-1", "2"))}, "", true},
		{"kind's", []container{node("a", unmarked), node("b", unmarked)}, "", false},
		{"another user's", []container{node("a", marked("uid-2", "1"))}, "uid-2", false},
		{"only partly ours", []container{node("a"), node("b", unmarked)}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := ownership("x", c.found, "uid-1")
			if c.ours {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			foreign, ok := errors.AsType[*ForeignError](err)
			if !ok {
				t.Fatalf("got %v, want a ForeignError", err)
			}
			if foreign.Owner != c.owner || foreign.Name != "x" {
				t.Errorf("got %+v, want owner %q", foreign, c.owner)
			}
		})
	}
}

func TestUnlike(t *testing.T) {
	p := &plan{image: "node:1", imageID: "sha256:1", mark: mark{"uid-1", "1"}, nodes: []string{"a", "b"}}
	for _, c := range []struct {
		name  string
		found []container
		want  string
	}{
		{"as planned", []container{node("b"), node("a")}, ""},
		{"stopped, which does not matter here", []container{node("a", in("exited")), node("b")}, ""},
		{"one node is missing", []container{node("a")}, "it is half made: its nodes are a, and should be a, b"},
		{"a node of another name", []container{node("a"), node("b", called("c"))}, "it is half made: its nodes are a, c, and should be a, b"},
		{"another configuration", []container{node("a"), node("b", marked("uid-1", "2"))}, "it was made by another configuration"},
		{"another image", []container{node("a", otherImage), node("b")}, "node a is of another image than node:1"},
	} {
		if got := p.unlike(c.found); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestStopped(t *testing.T) {
	for _, c := range []struct {
		name  string
		found []container
		down  int
		err   string
	}{
		{"all run", []container{node("a"), node("b")}, 0, ""},
		{"one was stopped", []container{node("a"), node("b", in("exited"))}, 1, ""},
		{"podman's word for it", []container{node("a", in("stopped")), node("b", in("stopped"))}, 2, ""},
		{"paused", []container{node("a", in("exited")), node("b", in("paused"))}, 0, "node b is paused"},
		{"dead", []container{node("a", in("dead"))}, 0, "node a is dead"},
	} {
		down, err := stopped(c.found)
		if len(down) != c.down || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: got %d down, %v; want %d, %q", c.name, len(down), err, c.down, c.err)
		}
	}
}

func TestMarkAt(t *testing.T) {
	m := mark{"uid-1000", "0123456789abcdef"}
	if got, ok := markAt(m.mount().ContainerPath); !ok || got != m {
		t.Errorf("got %+v, %v; want %+v", got, ok, m)
	}
	for _, other := range []string{"/var", "/etc/podlab", "/etc/podlab/", "/etc/podlab/uid-1", "/etc/podlab/uid-1/", "/x/etc/podlab/uid-1/1"} {
		if m, ok := markAt(other); ok {
			t.Errorf("%s is taken for %+v", other, m)
		}
	}
}
