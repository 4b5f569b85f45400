package pull

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
)

// errNoAPI means that the docker command does not lead to docker's API.
var errNoAPI = errors.New("no docker API")

// create pulls through docker's API, which reports progress in bytes. The docker
// command does so only on a terminal.
func (p *Puller) create(ctx context.Context, image Pin, t *transfer) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return p.dial(ctx)
	}}}
	defer client.CloseIdleConnections()
	query := url.Values{"fromImage": {image.repository()}, "tag": {image.Digest}}
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
		_ = json.NewDecoder(response.Body).Decode(&refused) // the status is enough
		return fmt.Errorf("%s: %s", response.Status, refused.Message)
	}
	return t.follow(response.Body)
}

// credentials are the user's credentials for the registry that docker login has
// saved, or "".
func credentials(image Pin) string {
	ref, err := name.ParseReference(image.ByDigest())
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

// dial connects to the API by way of the docker command, which knows the
// user's docker context, and reaches engines over SSH too.
func (p *Puller) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // until the connection is closed
	cmd := p.Engine.Command(ctx, "system", "dial-stdio")
	cmd.Cancel = func() error { return cmd.Process.Kill() } // the command ignores SIGINT
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

// stdio is a connection over a command's standard input and output.
type stdio struct {
	io.Reader
	io.WriteCloser
	cmd    *exec.Cmd
	cancel context.CancelFunc
}

func (s *stdio) Close() error {
	err := s.WriteCloser.Close()
	s.cancel()
	_ = s.cmd.Wait() // reports the kill
	return err
}

func (s *stdio) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (s *stdio) RemoteAddr() net.Addr             { return &net.UnixAddr{Net: "unix"} }
func (s *stdio) SetDeadline(time.Time) error      { return nil }
func (s *stdio) SetReadDeadline(time.Time) error  { return nil }
func (s *stdio) SetWriteDeadline(time.Time) error { return nil }
