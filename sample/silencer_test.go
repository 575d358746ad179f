package main

import (
	"io"
	"net"
	"sync"
	"testing"
)

// silencer passes bytes on until its open connections are silenced: they stay open, and nothing arrives any more.
type silencer struct {
	address string

	mutex sync.Mutex
	mute  chan struct{}
}

func newSilencer(t *testing.T, to string) *silencer {
	t.Helper()
	listener := listen(t, "127.0.0.1:0")
	s := &silencer{address: listener.Addr().String(), mute: make(chan struct{})}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			t.Cleanup(func() { client.Close(); server.Close() })
			s.mutex.Lock()
			mute := s.mute
			s.mutex.Unlock()
			go pass(server, client, mute)
			go pass(client, server, mute)
		}
	}()
	return s
}

func (s *silencer) silence() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	close(s.mute)
	s.mute = make(chan struct{})
}

func pass(to io.Writer, from io.Reader, mute <-chan struct{}) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-mute:
		default:
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}
