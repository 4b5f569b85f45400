package image

import (
	"fmt"
	"strings"
)

// A Trouble is why an image could not be pulled.
type Trouble string

const (
	// RateLimited registries give this address no more for a while (429).
	RateLimited Trouble = "the registry limits how often it may be asked"
	// Gone images are not in the registry any more.
	Gone Trouble = "the registry does not have it"
	// CutOff transfers ended in the middle, or brought something else.
	CutOff Trouble = "the transfer broke off"
	// Slow transfers did not get on.
	Slow Trouble = "nothing came for too long"
	// Unreachable registries don't answer at all.
	Unreachable Trouble = "no registry can be reached"
	// Refused is everything else that a registry, or the engine, may say.
	Refused Trouble = "the engine could not pull it"
)

// A PullError says why an image could not be pulled.
type PullError struct {
	// Ref is the image.
	Ref     string
	Trouble Trouble
	// Err is what the engine said.
	Err error
}

func (e *PullError) Error() string {
	return fmt.Sprintf("pull %s: %s: %v", e.Ref, e.Trouble, e.Err)
}

func (e *PullError) Unwrap() error { return e.Err }

// troubles knows the words in which dockerd, containerd and podman say what
// happened. The first that fits counts: what is said of a registry that was
// reached tells more than what is said of another that was not.
var troubles = []struct {
	Trouble
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

// trouble reads what an engine says.
func trouble(message string) Trouble {
	message = strings.ToLower(message)
	for _, t := range troubles {
		for _, words := range t.words {
			if strings.Contains(message, words) {
				return t.Trouble
			}
		}
	}
	return Refused
}
