package kube

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// fieldManager owns the fields that podlab applies.
const fieldManager = "podlab"

const (
	// callTimeout bounds one request. Watches and exec run until their context ends.
	callTimeout = 10 * time.Second
	// pingInterval and pingTimeout detect a server that stopped answering without
	// closing its connection, for example because its node is paused. A watch alone
	// would not notice.
	pingInterval, pingTimeout = 5 * time.Second, 5 * time.Second
	// handshakeTimeout bounds new connections to such a server. The engine's proxy
	// accepts them, but the server does not answer.
	handshakeTimeout = 5 * time.Second
)

// A Client speaks to one cluster's API server. It is safe for concurrent use.
type Client struct {
	cluster   string
	file      string
	config    *rest.Config
	typed     kubernetes.Interface
	dynamic   dynamic.Interface
	metadata  metadata.Interface
	discovery discovery.CachedDiscoveryInterface
	mapper    *restmapper.DeferredDiscoveryRESTMapper
}

// silence turns off client-go's log, which would repeat errors on the terminal.
var silence = sync.OnceFunc(func() { klog.SetLogger(logr.Discard()) })

// New returns a client for the current context of a kubeconfig file. It sends no
// request, so it succeeds even if the server is down.
func New(kubeconfig string) (*Client, error) {
	silence()
	raw, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	config, err := clientcmd.NewDefaultClientConfig(*raw, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig %s: %w", kubeconfig, err)
	}
	config.QPS = -1 // the server limits requests itself; a client-side limit would only add delay
	config.WarningHandler = rest.NoWarnings{}
	config.UserAgent = fieldManager

	c := &Client{config: config, file: kubeconfig}
	if kubeContext := raw.Contexts[raw.CurrentContext]; kubeContext != nil {
		c.cluster = strings.TrimPrefix(kubeContext.Cluster, "kind-")
	}
	if err := c.connect(); err != nil {
		return nil, fmt.Errorf("use kubeconfig %s: %w", kubeconfig, err)
	}
	return c, nil
}

// connect creates the API clients, which share one connection.
func (c *Client) connect() error {
	httpClient, err := c.newHTTPClient()
	if err != nil {
		return err
	}
	typed, err := kubernetes.NewForConfigAndClient(c.config, httpClient)
	if err != nil {
		return err
	}
	if c.dynamic, err = dynamic.NewForConfigAndClient(c.config, httpClient); err != nil {
		return err
	}
	if c.metadata, err = metadata.NewForConfigAndClient(c.config, httpClient); err != nil {
		return err
	}
	c.typed = typed
	c.discovery = memory.NewMemCacheClient(typed.Discovery())
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(c.discovery)
	return nil
}

// newHTTPClient returns a client like client-go's own, but with shorter timeouts:
// client-go takes 45 s to notice a server that stopped answering.
func (c *Client) newHTTPClient() (*http.Client, error) {
	tlsConfig, err := rest.TLSConfigFor(c.config)
	if err != nil {
		return nil, err
	}
	wrapped, err := rest.HTTPWrappersForConfig(c.config, &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: handshakeTimeout,
		ForceAttemptHTTP2:   true,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingInterval, PingTimeout: pingTimeout},
	})
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: reporter{c, wrapped}}, nil
}

// call sends one request with callTimeout. doing, a verb and its object, is the start
// of the error.
func (c *Client) call(ctx context.Context, doing string, request func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return c.explain(ctx, doing, request(limited))
}
