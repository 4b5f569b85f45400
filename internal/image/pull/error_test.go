package pull

import (
	"errors"
	"testing"
)

// TestReasonOfEnginesMessages has messages of docker, podman and nerdctl.
func TestReasonOfEnginesMessages(t *testing.T) {
	for message, want := range map[string]Reason{
		"toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit": RateLimited,
		`failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:ab: 429 Too Many Requests`:   RateLimited,
		"initializing source docker://nginx:latest: reading manifest latest in docker.io/library/nginx: toomanyrequests: You have reached your pull rate limit":          RateLimited,
		"manifest for nginx@sha256:4290404c65b7 not found: manifest unknown: manifest unknown":                                                                           Gone,
		"reading manifest sha256:00 in docker.io/library/nginx: manifest unknown":                                                                                        Gone,
		"docker.io/library/nginx@sha256:00: not found":                                                                                                     Gone,
		`Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 192.0.2.1:53: no such host`:                                      Unreachable,
		`Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`: Unreachable,
		`pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp 192.0.2.1:443: connect: network is unreachable`: Unreachable,
		"error pulling image configuration: download failed after attempts=6: unexpected EOF":                                                              CutOff,
		"filesystem layer verification failed for digest sha256:ab":                                                                                        CutOff,
		`read tcp 192.0.2.2:5000->192.0.2.1:443: read: connection reset by peer`:                                                                           CutOff,
		"pull access denied for kindest/node, repository may require 'docker login': denied: requested access to the resource is denied":                   Other,
		"write /var/lib/docker/tmp/GetImageBlob123: no space left on device":                                                                               Other,
	} {
		if got := reason(message); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", message, got, want)
		}
	}
}

func TestErrorSaysWhatAndWhy(t *testing.T) {
	err := &Error{Ref: "nginx:latest", Reason: Gone, Err: errors.New("manifest unknown")}
	if want := "pull nginx:latest: the registry does not have this image: manifest unknown"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
