package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(body))
}

// nextOf is where a server is asked by the one before it.
func nextOf(s *server) addresses {
	return addresses{
		kindHTTP1: "http://" + s.at[kindHTTP1] + "/http1",
		kindHTTP2: "http://" + s.at[kindHTTP2] + "/http2",
		kindGrpc:  s.at[kindGrpc],
		kindTCP:   s.at[kindTCP],
	}
}

func TestACallGoesThroughEveryService(t *testing.T) {
	back, _ := serveAt(t, "back", nil, nil)
	middle, _ := serveAt(t, "middle", nextOf(back), nil)
	next := nextOf(middle)
	next[kindEgress] = "http://" + back.at[kindHTTP1] + "/"
	front, _ := serveAt(t, "front", next, nil)
	for path, want := range map[string]string{
		"/":       "front HTTP/1.1",
		"/ready":  "ready",
		"/http1":  "back HTTP/1.1",
		"/http2":  "back HTTP/2.0",
		"/grpc":   "front HTTP/1.1",
		"/tcp":    "front HTTP/1.1",
		"/egress": "back HTTP/1.1",
	} {
		code, body := get(t, "http://"+front.at[kindHTTP1]+path)
		if code != http.StatusOK || body != want {
			t.Errorf("%s: %d %q, not %q", path, code, body, want)
		}
	}
}

func TestAnAnswerSaysWhichWayItsRequestWent(t *testing.T) {
	outside, _ := serveAt(t, "outside", nil, nil)
	front, _ := serveAt(t, "front", addresses{kindEgress: "http://" + outside.at[kindHTTP1] + "/"}, nil)
	ask := func(path, forwardedFor string) string {
		request, err := http.NewRequest(http.MethodGet, "http://"+front.at[kindHTTP1]+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Forwarded-For", forwardedFor)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.Header.Get(answeredByHeader)
	}
	expectEqual(t, ask("/", ""), "front")
	expectEqual(t, ask("/", "10.0.0.7"), "front forwarded")
	expectEqual(t, ask("/egress", "10.0.0.7"), "outside")
}

func TestACallThatFailsIsTold(t *testing.T) {
	// Nobody listens on this port, and no connection has it for its own end.
	const refused = "127.0.0.1:1"
	gone := &server{at: addresses{kindHTTP1: refused, kindHTTP2: refused, kindGrpc: refused, kindTCP: refused}}
	middle, _ := serveAt(t, "middle", nextOf(gone), nil)
	front, _ := serveAt(t, "front", nextOf(middle), nil)
	for _, path := range []string{"/http1", "/http2", "/grpc", "/tcp"} {
		code, body := get(t, "http://"+front.at[kindHTTP1]+path)
		if code != http.StatusBadGateway || !strings.Contains(body, "middle: ") || !strings.Contains(body, "connection refused") {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
}

func TestAServerDrainsBeforeItEnds(t *testing.T) {
	relay, err := newRelay("back", nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := startServer(relay, addresses{
		kindHTTP1: "127.0.0.1:0", kindHTTP2: "127.0.0.1:0", kindGrpc: "127.0.0.1:0", kindTCP: "127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	stream := startClient(t, "stream", s.at[kindGrpc], "--rate", "100")
	until(t, "an echo", func() bool { return len(stream.rows(t)) > 0 })
	told, tell := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.serveUntil(told, 500*time.Millisecond) }()
	started := time.Now()
	tell()
	until(t, "not ready", func() bool {
		code, _ := get(t, "http://"+s.at[kindHTTP1]+"/ready")
		return code == http.StatusServiceUnavailable
	})
	if code, _ := get(t, "http://"+s.at[kindHTTP1]+"/"); code != http.StatusOK {
		t.Fatalf("answered %d while it drained", code)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took < 500*time.Millisecond || took > 4*time.Second {
		t.Fatalf("ended after %s, although an open stream ends when it is told to", took)
	}
}
