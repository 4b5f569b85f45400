package cluster

import (
	"errors"
	"testing"
)

// A change changes a container that matches the plan.
type change func(*container)

func marked(owner, config string) change {
	return func(c *container) {
		c.Mounts[1].Destination = mark{owner, config}.mount().ContainerPath
	}
}

func unmarked(c *container)    { c.Mounts = c.Mounts[:1] }
func otherImage(c *container)  { c.Image = "sha256:2" }
func named(name string) change { return func(c *container) { c.Name = name } }
func in(state string) change   { return func(c *container) { c.State.Status = state } }

// node returns a running container of uid-1 and configuration 1, with changes.
func node(name string, changes ...change) container {
	c := container{ID: "id-" + name, Name: name, Image: "sha256:1"}
	c.State.Status = "running"
	c.Mounts = append(c.Mounts, struct{ Type, Name, Destination string }{"volume", "v", "/var"},
		struct{ Type, Name, Destination string }{"bind", "", "/etc/podlab/uid-1/1"})
	for _, apply := range changes {
		apply(&c)
	}
	return c
}

func TestCheckOwner(t *testing.T) {
	for _, c := range []struct {
		name  string
		found []container
		owner string // of the ForeignError
		ours  bool
	}{
		{"ours", []container{node("a"), node("b")}, "", true},
		{"ours, incomplete", []container{node("a", in("created"))}, "", true},
		{"ours, from another configuration", []container{node("a", marked("uid-1", "2"))}, "", true},
		{"kind's", []container{node("a", unmarked), node("b", unmarked)}, "", false},
		{"another user's", []container{node("a", marked("uid-2", "1"))}, "uid-2", false},
		{"only partly ours", []container{node("a"), node("b", unmarked)}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := checkOwner("x", c.found, "uid-1")
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

func TestDifference(t *testing.T) {
	p := &plan{image: "node:1", imageID: "sha256:1", mark: mark{"uid-1", "1"}, nodes: []string{"a", "b"}}
	for _, c := range []struct {
		name  string
		found []container
		want  string
	}{
		{"none", []container{node("b"), node("a")}, ""},
		{"a stopped node is none", []container{node("a", in("exited")), node("b")}, ""},
		{"a missing node", []container{node("a")}, "it is incomplete: it has the nodes a, and needs a, b"},
		{"another node", []container{node("a"), node("b", named("c"))}, "it is incomplete: it has the nodes a, c, and needs a, b"},
		{"another configuration", []container{node("a"), node("b", marked("uid-1", "2"))}, "it was made from another configuration"},
		{"another image", []container{node("a", otherImage), node("b")}, "the image of node a is not node:1"},
	} {
		if got := p.difference(c.found); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestStoppedContainers(t *testing.T) {
	for _, c := range []struct {
		name  string
		found []container
		want  int
		err   string
	}{
		{"all running", []container{node("a"), node("b")}, 0, ""},
		{"one stopped", []container{node("a"), node("b", in("exited"))}, 1, ""},
		{"stopped, in podman's words", []container{node("a", in("stopped")), node("b", in("stopped"))}, 2, ""},
		{"paused", []container{node("a", in("exited")), node("b", in("paused"))}, 0, "node b is paused"},
		{"dead", []container{node("a", in("dead"))}, 0, "node a is dead"},
	} {
		got, err := stoppedContainers(c.found)
		if len(got) != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: got %d containers, %v; want %d, %q", c.name, len(got), err, c.want, c.err)
		}
	}
}

func TestParseMark(t *testing.T) {
	m := mark{"uid-1000", "0123456789abcdef"}
	if got, ok := parseMark(m.mount().ContainerPath); !ok || got != m {
		t.Errorf("got %+v, %v; want %+v", got, ok, m)
	}
	for _, other := range []string{"/var", "/etc/podlab", "/etc/podlab/", "/etc/podlab/uid-1", "/etc/podlab/uid-1/", "/x/etc/podlab/uid-1/1"} {
		if m, ok := parseMark(other); ok {
			t.Errorf("%s: got %+v, want no mark", other, m)
		}
	}
}
