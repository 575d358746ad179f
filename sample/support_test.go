package main

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func expectEqual(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

// printed is what a client has printed, while it prints.
type printed struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (p *printed) Write(data []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.text.Write(data)
}

// rows are the lines so far, in their columns.
func (p *printed) rows(t *testing.T) [][]string {
	t.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	rows, err := csv.NewReader(strings.NewReader(p.text.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func (p *printed) failures(t *testing.T) []string {
	t.Helper()
	var failures []string
	for _, row := range p.rows(t) {
		if row[1] != "200" {
			failures = append(failures, row[5])
		}
	}
	return failures
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// serveAt starts a server on loopback and ends it with the test, or before by the returned function.
func serveAt(t *testing.T, name string, next, at addresses) (*server, func()) {
	t.Helper()
	listenAt := addresses{
		kindHTTP1: "127.0.0.1:0", kindHTTP2: "127.0.0.1:0", kindGrpc: "127.0.0.1:0", kindTCP: "127.0.0.1:0",
	}
	for kind, address := range at {
		listenAt[kind] = address
	}
	relay, err := newRelay(name, next)
	if err != nil {
		t.Fatal(err)
	}
	var s *server
	// A port that was free a moment ago may be somebody's own end of a connection now.
	until(t, "the port is free", func() bool {
		s, err = startServer(relay, listenAt)
		return err == nil
	})
	stop := sync.OnceFunc(func() {
		s.http.Close()
		s.grpc.Stop()
		s.tcp.listener.Close()
	})
	t.Cleanup(stop)
	return s, stop
}
