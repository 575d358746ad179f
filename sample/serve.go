package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
)

// Where the kinds of call are served.
const (
	portHTTP1 = "8080"
	portHTTP2 = "8081"
	portGrpc  = "9090"
	portTCP   = "9000"
)

// How long requests that are under way have to end once nothing new is taken.
const endTimeout = 5 * time.Second

func serveCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	name := flags.String("name", "sample", "name to answer with")
	next := flags.String("next", "", "host of the service that is asked; none: the service answers itself")
	egress := flags.String("egress", "", "URL that /egress asks")
	drain := flags.Duration("drain", 5*time.Second, "how long it serves on after it was told to end")
	if err := flags.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if flags.NArg() > 0 {
		return errUsage
	}
	relay, err := newRelay(*name, nextAddresses(*next, *egress))
	if err != nil {
		return err
	}
	server, err := startServer(relay, addresses{
		kindHTTP1: ":" + portHTTP1, kindHTTP2: ":" + portHTTP2, kindGrpc: ":" + portGrpc, kindTCP: ":" + portTCP,
	})
	if err != nil {
		return err
	}
	log.Printf("%s serves", *name)
	return server.serveUntil(ctx, *drain)
}

func nextAddresses(next, egress string) addresses {
	found := addresses{}
	if next != "" {
		found[kindHTTP1] = "http://" + net.JoinHostPort(next, portHTTP1) + "/http1"
		found[kindHTTP2] = "http://" + net.JoinHostPort(next, portHTTP2) + "/http2"
		found[kindGrpc] = net.JoinHostPort(next, portGrpc)
		found[kindTCP] = net.JoinHostPort(next, portTCP)
	}
	if egress != "" {
		found[kindEgress] = egress
	}
	return found
}

// server listens for every kind of call.
type server struct {
	http    *http.Server
	grpc    *grpc.Server
	tcp     *tcpServer
	ready   *readiness
	streams context.CancelFunc
	failed  chan error
	// Where it listens for each kind of call.
	at addresses
}

func startServer(relay *relay, listenAt addresses) (*server, error) {
	listeners := map[string]net.Listener{}
	at := addresses{}
	for kind, address := range listenAt {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return nil, err
		}
		listeners[kind] = listener
		at[kind] = listener.Addr().String()
	}
	ready := new(readiness)
	streams, endStreams := context.WithCancel(context.Background())
	s := &server{
		http:    newHTTPServer(relay, ready),
		grpc:    grpc.NewServer(),
		tcp:     &tcpServer{relay: relay, listener: listeners[kindTCP], ended: make(chan struct{})},
		ready:   ready,
		streams: endStreams,
		failed:  make(chan error, len(listeners)),
		at:      at,
	}
	s.grpc.RegisterService(&echoDescription, &echoServer{relay: relay, end: streams.Done()})
	go s.watch(func() error { return s.http.Serve(listeners[kindHTTP1]) })
	go s.watch(func() error { return s.http.Serve(listeners[kindHTTP2]) })
	go s.watch(func() error { return s.grpc.Serve(listeners[kindGrpc]) })
	go s.watch(s.tcp.serve)
	return s, nil
}

func (s *server) watch(serve func() error) {
	if err := serve(); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		s.failed <- err
	}
}

// serveUntil serves until it is told to end, then on for as long as proxies may still send something here.
func (s *server) serveUntil(ctx context.Context, drain time.Duration) error {
	select {
	case err := <-s.failed:
		return err
	case <-ctx.Done():
	}
	s.ready.end()
	log.Printf("draining for %s", drain)
	time.Sleep(drain)
	s.streams()
	ending, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	graceful := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(graceful)
	}()
	s.tcp.shutdown(ending)
	err := s.http.Shutdown(ending)
	select {
	case <-graceful:
	case <-ending.Done():
		s.grpc.Stop()
	}
	return err
}
