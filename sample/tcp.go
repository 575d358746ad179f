package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
)

// tcpServer returns every line to its sender.
type tcpServer struct {
	relay       *relay
	listener    net.Listener
	connections sync.WaitGroup
	// Closed when no connection is taken any more.
	ended chan struct{}
}

func (s *tcpServer) serve() error {
	defer close(s.ended)
	for {
		connection, err := s.listener.Accept()
		if err != nil {
			return err
		}
		s.connections.Go(func() { s.echo(connection) })
	}
}

func (s *tcpServer) echo(connection net.Conn) {
	defer connection.Close()
	lines := bufio.NewScanner(connection)
	for lines.Scan() {
		text, err := s.relay.answer(context.Background(), kindTCP, lines.Text())
		if err != nil {
			text = strings.ReplaceAll("error: "+err.Error(), "\n", " ")
		}
		if _, err := fmt.Fprintln(connection, text); err != nil {
			return
		}
	}
}

// shutdown takes no new connections and gives those that are open until the context ends.
func (s *tcpServer) shutdown(ctx context.Context) {
	s.listener.Close()
	closed := make(chan struct{})
	go func() {
		<-s.ended
		s.connections.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-ctx.Done():
	}
}
