package engine

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// dockerInfo is the output of docker info and nerdctl info: the API's GET /info,
// and ServerErrors, which the command adds.
type dockerInfo struct {
	ID              string
	ServerVersion   string
	Architecture    string
	OSType          string
	CgroupVersion   string
	DockerRootDir   string
	Driver          string
	KernelVersion   string
	MemTotal        int64
	SecurityOptions []string
	ServerErrors    []string
}

func (i dockerInfo) engine() (*Engine, error) {
	if len(i.ServerErrors) > 0 {
		return nil, errors.New(strings.Join(i.ServerErrors, "; "))
	}
	if i.ServerVersion == "" {
		// The command is not docker, but for example podman-docker.
		return nil, errors.New("its info has no server version")
	}
	e := &Engine{
		ID: i.ID, Version: i.ServerVersion, Arch: goArch(i.Architecture), OS: i.OSType,
		Root: i.DockerRootDir, Driver: i.Driver, Kernel: i.KernelVersion, Memory: i.MemTotal,
		// An option is a comma-separated list of pairs: "name=seccomp,profile=default".
		Rootless: slices.ContainsFunc(i.SecurityOptions, func(option string) bool {
			return slices.Contains(strings.Split(option, ","), "name=rootless")
		}),
	}
	e.CgroupVersion, _ = strconv.Atoi(i.CgroupVersion)
	return e, nil
}

func parseDocker(data []byte) (*Engine, error) {
	var info dockerInfo
	if err := json.Unmarshal(data, &info); err != nil {
		return nil, err
	}
	return info.engine()
}

// parsePodman reads the output of podman info.
func parsePodman(data []byte) (*Engine, error) {
	var info struct {
		Host struct {
			Arch          string
			OS            string
			Hostname      string
			CgroupVersion string
			Kernel        string
			MemTotal      int64
			Security      struct{ Rootless bool }
		}
		Store struct {
			GraphRoot       string
			GraphDriverName string
		}
		Version struct{ Version string }
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return nil, err
	}
	if info.Version.Version == "" {
		return nil, errors.New("its info has no version")
	}
	e := &Engine{
		// podman has no ID, but its data directory identifies it.
		ID:      info.Host.Hostname + ":" + info.Store.GraphRoot,
		Version: info.Version.Version, Arch: goArch(info.Host.Arch), OS: info.Host.OS,
		Root: info.Store.GraphRoot, Driver: info.Store.GraphDriverName, Kernel: info.Host.Kernel, Memory: info.Host.MemTotal,
		Rootless: info.Host.Security.Rootless,
	}
	e.CgroupVersion, _ = strconv.Atoi(strings.TrimPrefix(info.Host.CgroupVersion, "v"))
	return e, nil
}

// goArch translates the kernel's name of an architecture to GOARCH.
func goArch(machine string) string {
	switch machine {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return machine
}
