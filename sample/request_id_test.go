package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Both calls fail: it is only looked at what they carry.
func TestTheIDOfARequestTravelsOn(t *testing.T) {
	seen := make(chan string, 2)
	overHTTP := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("X-Request-Id")
	}))
	t.Cleanup(overHTTP.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	overGrpc := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		seen <- strings.Join(metadata.ValueFromIncomingContext(stream.Context(), "x-request-id"), ",")
		return nil
	}))
	go overGrpc.Serve(listener)
	t.Cleanup(overGrpc.Stop)
	front, _ := serveAt(t, "front", addresses{kindHTTP1: overHTTP.URL, kindGrpc: listener.Addr().String()}, nil)
	for _, kind := range []string{kindHTTP1, kindGrpc} {
		request, err := http.NewRequest(http.MethodGet, "http://"+front.at[kindHTTP1]+"/"+kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Request-Id", "7f")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		expectEqual(t, <-seen, "7f")
	}
}
