package observe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podlab/internal/lab"
)

const (
	fetchTimeout = 30 * time.Second
	// fetchAttempts closed connections, fetchInterval apart, count as no server.
	fetchAttempts = 4
	fetchInterval = 250 * time.Millisecond
	// pageLimit bounds the bytes of a page that fetch returns.
	pageLimit = 1 << 20
)

// fetch gets a page from a node's port, without a proxy. It connects to the port of
// this machine that the engine maps to the node's port.
//
// The status is 0 when every attempt was accepted and closed without an answer: the
// engine's end of the port does that when nothing listens in the node. One such
// attempt proves nothing, because a server that is just restarting looks the same. A
// refused connection is an error, because the engine may be on another machine.
func (o *Observer) fetch(ctx context.Context, f *lab.Fetch) (*lab.FetchResult, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, fetchTimeout, fmt.Errorf("timed out after %s", fetchTimeout))
	defer cancel()
	host, err := o.mapped(ctx, f.Port)
	if err != nil {
		return nil, err
	}
	url := "http://" + host + f.Path
	for range fetchAttempts - 1 {
		page, err := getPage(ctx, url)
		if err != nil || page.Status != 0 {
			return page, err
		}
		select {
		case <-time.After(fetchInterval):
		case <-ctx.Done():
			return nil, fmt.Errorf("fetch %s: %w", url, context.Cause(ctx))
		}
	}
	return getPage(ctx, url)
}

func getPage(ctx context.Context, url string) (*lab.FetchResult, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return &lab.FetchResult{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, pageLimit))
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	return &lab.FetchResult{Status: response.StatusCode, Body: string(body)}, nil
}

// mapped returns the address on this machine that the engine maps to a port of one
// of the nodes.
func (o *Observer) mapped(ctx context.Context, port int) (string, error) {
	for _, name := range slices.Sorted(slices.Values(o.Nodes)) {
		container, err := o.Inspect(ctx, name)
		if err != nil {
			return "", err
		}
		bindings, _, _ := unstructured.NestedSlice(container, "NetworkSettings", "Ports", fmt.Sprintf("%d/tcp", port))
		for _, binding := range bindings {
			at, _ := binding.(map[string]any)
			host, _ := at["HostIp"].(string)
			if ip, err := netip.ParseAddr(host); err != nil || ip.IsUnspecified() {
				host = "127.0.0.1"
			}
			if number, ok := at["HostPort"].(string); ok {
				return net.JoinHostPort(host, number), nil
			}
		}
	}
	return "", fmt.Errorf("no node's port %d is mapped to this machine", port)
}
