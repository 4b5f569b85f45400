package cri

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// DefaultSocket is where containerd serves CRI in kind's nodes.
const DefaultSocket = "/run/containerd/containerd.sock"

// A Client asks one runtime. It caches facts that can't change.
type Client struct {
	conn    *grpc.ClientConn
	runtime runtime.RuntimeServiceClient

	mutex sync.Mutex
	// sandboxes and containers cache the details of the last list, by ID.
	sandboxes  map[string]sandboxDetails
	containers map[string]containerDetails
	// identities are those of all sandboxes and containers that were listed or had
	// an event, by ID, until they are removed.
	identities map[string]Identity
}

// New returns a client for the runtime at a unix socket. The client connects on
// its first request, and reconnects after it lost the connection.
func New(socket string) (*Client, error) {
	conn, err := grpc.NewClient("unix://"+socket,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)),
		// Reconnect soon after the runtime restarts.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 2, MaxDelay: 200 * time.Millisecond},
			MinConnectTimeout: time.Second,
		}))
	if err != nil {
		return nil, fmt.Errorf("connect to the runtime at %s: %w", socket, err)
	}
	return &Client{
		conn: conn, runtime: runtime.NewRuntimeServiceClient(conn),
		sandboxes:  make(map[string]sandboxDetails),
		containers: make(map[string]containerDetails),
		identities: make(map[string]Identity),
	}, nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Ping checks that the runtime answers.
func (c *Client) Ping(ctx context.Context) error {
	if _, err := c.runtime.Version(ctx, &runtime.VersionRequest{}); err != nil {
		return fmt.Errorf("ask the runtime for its version: %w", err)
	}
	return nil
}
