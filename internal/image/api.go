package image

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"podlab/internal/progress"
)

// errNoAPI says that docker's API is not served behind the docker command.
var errNoAPI = errors.New("no docker API")

// create pulls through docker's API, which tells about every byte; the docker
// command does so on a terminal only.
func (p *puller) create(ctx context.Context, image pin, t *transfer) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return p.dial(ctx)
	}}}
	defer client.CloseIdleConnections()
	query := url.Values{"fromImage": {image.repository()}, "tag": {image.digest}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker/images/create?"+query.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	if auth := credentials(image); auth != "" {
		request.Header.Set("X-Registry-Auth", auth)
	}
	response, err := client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("%w: %w", errNoAPI, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var refused struct{ Message string }
		_ = json.NewDecoder(response.Body).Decode(&refused) // the status says enough
		return fmt.Errorf("%s: %s", response.Status, refused.Message)
	}
	return t.follow(response.Body)
}

// credentials are the user's for the registry, as docker login keeps them; ""
// when there are none.
func credentials(image pin) string {
	ref, err := name.ParseReference(image.byDigest())
	if err != nil {
		return ""
	}
	auth, err := authn.DefaultKeychain.Resolve(ref.Context())
	if err != nil || auth == authn.Anonymous {
		return ""
	}
	config, err := auth.Authorization()
	if err != nil {
		return ""
	}
	data, err := json.Marshal(config)
	if err != nil {
		return ""
	}
	return base64.URLEncoding.EncodeToString(data)
}

// dial connects to the API as the docker command itself would, wherever that
// is.
func (p *puller) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // lives as long as the connection
	cmd := p.engine.Command(ctx, "system", "dial-stdio")
	cmd.Cancel = func() error { return cmd.Process.Kill() } // it has nothing to lose, and no ear for less
	in, err := cmd.StdinPipe()
	if err == nil {
		var out io.ReadCloser
		if out, err = cmd.StdoutPipe(); err == nil {
			if err = cmd.Start(); err == nil {
				return &stdio{Reader: out, WriteCloser: in, cmd: cmd, cancel: cancel}, nil
			}
		}
	}
	cancel()
	return nil, err
}

// stdio is a connection by way of a command's standard input and output.
type stdio struct {
	io.Reader
	io.WriteCloser
	cmd    *exec.Cmd
	cancel context.CancelFunc
}

func (s *stdio) Close() error {
	err := s.WriteCloser.Close()
	s.cancel()
	_ = s.cmd.Wait() // interrupted
	return err
}

func (s *stdio) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (s *stdio) RemoteAddr() net.Addr             { return &net.UnixAddr{Net: "unix"} }
func (s *stdio) SetDeadline(time.Time) error      { return nil }
func (s *stdio) SetReadDeadline(time.Time) error  { return nil }
func (s *stdio) SetWriteDeadline(time.Time) error { return nil }

// A transfer is the pulling of one image.
type transfer struct {
	shown  progress.Step
	dog    *watchdog
	layers map[string]layerProgress
}

type layerProgress struct {
	status         string
	current, total int64
}

// message is one of those that docker's API sends while it pulls.
type message struct {
	ID, Status, Error string
	ProgressDetail    struct{ Current, Total int64 }
}

// follow shows how the transfer gets on, until it ends.
func (t *transfer) follow(body io.Reader) error {
	t.layers = make(map[string]layerProgress)
	stream := json.NewDecoder(body)
	for {
		var m message
		err := stream.Decode(&m)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the engine's progress: %w", err)
		case m.Error != "":
			return errors.New(m.Error)
		}
		if t.note(m) {
			t.dog.pat()
			t.show()
		}
	}
}

// note takes in a message, and says whether the transfer has got on.
func (t *transfer) note(m message) bool {
	before, known := t.layers[m.ID]
	now := layerProgress{status: m.Status, current: m.ProgressDetail.Current, total: m.ProgressDetail.Total}
	switch m.Status {
	case "Downloading":
	case "Verifying Checksum", "Download complete", "Extracting", "Pull complete", "Already exists":
		// Only of downloading is it known how much there is of it.
		now.current, now.total = before.total, before.total
	default:
		// "Retrying in 5 seconds", "Waiting": no step forward but the first.
		now.current, now.total = 0, before.total
		t.layers[m.ID] = now
		return !known
	}
	t.layers[m.ID] = now
	return now.current > before.current || now.status != before.status || now.status == "Extracting"
}

// show shows how much of what is known has come.
func (t *transfer) show() {
	var sum layerProgress
	for _, l := range t.layers {
		sum.current += l.current
		sum.total += l.total
	}
	if sum.total > 0 {
		t.shown.Detail("%d of %d MB", sum.current/megabyte, sum.total/megabyte)
	}
}
