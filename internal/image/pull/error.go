package pull

import (
	"fmt"
	"strings"
)

// A Reason is why an image could not be pulled.
type Reason string

const (
	// RateLimited registries refuse this address for a while (429).
	RateLimited Reason = "the registry's rate limit is exceeded"
	// Gone images are not in the registry any more.
	Gone Reason = "the registry does not have this image"
	// CutOff transfers ended early, or had the wrong content.
	CutOff Reason = "the transfer was cut off"
	// Stalled transfers made no progress for too long.
	Stalled Reason = "the transfer stalled"
	// Unreachable registries don't answer at all.
	Unreachable Reason = "the registry can't be reached"
	// Other is everything else that a registry or the engine may report.
	Other Reason = "the engine can't pull this image"
)

// An Error says why an image could not be pulled.
type Error struct {
	// Ref is the image.
	Ref    string
	Reason Reason
	// Err is the engine's message.
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("pull %s: %s: %v", e.Ref, e.Reason, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// reasons has the words that dockerd, containerd and podman use. The first match
// counts: the reply of one registry says more than the silence of another.
var reasons = []struct {
	Reason
	words []string
}{
	{RateLimited, []string{"toomanyrequests", "429 too many requests", "rate limit"}},
	{CutOff, []string{"unexpected eof", "connection reset", "broken pipe", "verification failed", "unexpected commit", ": eof"}},
	{Unreachable, []string{
		"no such host", "server misbehaving", "network is unreachable", "no route to host", "connection refused",
		"i/o timeout", "client.timeout", "tls handshake timeout", "context deadline exceeded", "proxyconnect",
	}},
	{Gone, []string{"manifest unknown", "not found", "name unknown", "does not exist", "no matching manifest"}},
}

// reason finds the reason in an engine's message.
func reason(message string) Reason {
	message = strings.ToLower(message)
	for _, r := range reasons {
		for _, words := range r.words {
			if strings.Contains(message, words) {
				return r.Reason
			}
		}
	}
	return Other
}
