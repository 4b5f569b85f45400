package engine

import (
	"errors"
	"testing"
)

func TestParseInfo(t *testing.T) {
	for _, c := range []struct {
		name  string
		parse func([]byte) (*Engine, error)
		text  string
		want  Engine
	}{
		{
			"docker", parseDocker,
			`{"ID":"X2KK","ServerVersion":"20.10.24+dfsg1","Architecture":"x86_64","OSType":"linux","CgroupVersion":"1","KernelVersion":"6.1.0",
			"DockerRootDir":"/var/lib/docker","Driver":"overlay2","MemTotal":25276510208,"SecurityOptions":["name=seccomp,profile=default"]}`,
			Engine{ID: "X2KK", Version: "20.10.24+dfsg1", Arch: "amd64", OS: "linux", CgroupVersion: 1, Kernel: "6.1.0", Root: "/var/lib/docker", Driver: "overlay2", Memory: 25276510208},
		},
		{
			"docker, rootless", parseDocker,
			`{"ServerVersion":"28.2.2","Architecture":"aarch64","OSType":"linux","CgroupVersion":"2","SecurityOptions":["name=seccomp,profile=builtin","name=rootless"]}`,
			Engine{Version: "28.2.2", Arch: "arm64", OS: "linux", CgroupVersion: 2, Rootless: true},
		},
		{
			"podman", parsePodman,
			`{"host":{"arch":"amd64","cgroupVersion":"v1","hostname":"vm","kernel":"6.1.0","memTotal":25276510208,"os":"linux","security":{"rootless":true}},
			"store":{"graphDriverName":"overlay","graphRoot":"/var/lib/containers/storage"},"version":{"Version":"4.3.1"}}`,
			Engine{ID: "vm:/var/lib/containers/storage", Version: "4.3.1", Arch: "amd64", OS: "linux", CgroupVersion: 1, Kernel: "6.1.0", Root: "/var/lib/containers/storage", Driver: "overlay", Memory: 25276510208, Rootless: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if *got != c.want {
				t.Errorf("got  %+v\nwant %+v", *got, c.want)
			}
		})
	}
}

func TestParseInfoRejectsOtherOutput(t *testing.T) {
	for text, parse := range map[string]func([]byte) (*Engine, error){
		`{"ServerErrors":["Cannot connect to the Docker daemon"]}`: parseDocker,
		// podman installed as docker.
		`{"host":{"arch":"amd64"},"version":{"Version":"4.3.1"}}`: parseDocker,
		`{"ID":"X2KK","ServerVersion":"20.10.24"}`:                parsePodman,
		``: parseDocker,
	} {
		if e, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: got %+v, want an error", text, e)
		}
	}
}

func TestShellQuotesArguments(t *testing.T) {
	e := &CommandError{Argv: []string{"docker", "exec", "a_b", "sh", "-c", "echo 'x' $HOME", ""}, Err: errors.New("exit status 1"), Stderr: "no"}
	const want = `docker exec a_b sh -c 'echo '"'"'x'"'"' $HOME' ''`
	if got := e.Shell(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := e.Error(); got != "run "+want+": exit status 1: no" {
		t.Errorf("error is %s", got)
	}
}
