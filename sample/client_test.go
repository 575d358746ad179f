package main

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// startClient runs a client until the test ends.
func startClient(t *testing.T, args ...string) *printed {
	t.Helper()
	out := new(printed)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- clientCommand(ctx, args, out) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return out
}

func TestEveryKindOfClientPrintsALinePerRequest(t *testing.T) {
	s, _ := serveAt(t, "back", nil, nil)
	for kind, address := range map[string]string{"grpc": s.at[kindGrpc], "tcp": s.at[kindTCP], "stream": s.at[kindGrpc]} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			out := startClient(t, kind, address, "--rate", "100")
			until(t, "20 lines", func() bool { return len(out.rows(t)) >= 20 })
			for _, row := range out.rows(t) {
				if len(row) != 6 || row[1] != "200" || row[3] != "19" || row[4] != "19" || row[5] != "" {
					t.Fatalf("line %q", row)
				}
			}
		})
	}
}

func TestASlowAnswerDelaysNobody(t *testing.T) {
	listener := listen(t, "127.0.0.1:0")
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
		}
	}()
	out := startClient(t, "tcp", listener.Addr().String(), "--rate", "100", "--timeout", "1s")
	started := time.Now()
	until(t, "20 lines", func() bool { return len(out.rows(t)) >= 20 })
	if took := time.Since(started); took > 3*time.Second {
		t.Fatalf("20 requests of 1 s at 100 a second took %s", took)
	}
	for _, row := range out.rows(t) {
		latency, _ := strconv.ParseInt(row[2], 10, 64)
		if row[1] != "0" || latency < int64(time.Second) || !strings.Contains(row[5], "timeout") {
			t.Fatalf("line %q", row)
		}
	}
}

func TestAStreamComesBackAfterItsServerWentAway(t *testing.T) {
	s, stop := serveAt(t, "back", nil, nil)
	out := startClient(t, "stream", s.at[kindGrpc], "--rate", "100")
	until(t, "an echo", func() bool { return len(out.rows(t)) > 0 })
	stop()
	time.Sleep(300 * time.Millisecond)
	before := len(out.rows(t))
	serveAt(t, "back", nil, addresses{kindGrpc: s.at[kindGrpc]})
	until(t, "echoes again", func() bool { return len(out.rows(t)) > before+10 })
	expectEqual(t, out.failures(t), []string(nil))
	latency, _ := strconv.ParseInt(out.rows(t)[before][2], 10, 64)
	if away := time.Duration(latency); away < 250*time.Millisecond || away > 5*time.Second {
		t.Fatalf("the first line after the outage says %s", away)
	}
}

func TestAStreamThatIsAwayTooLongFails(t *testing.T) {
	s, stop := serveAt(t, "back", nil, nil)
	out := startClient(t, "stream", s.at[kindGrpc], "--rate", "100", "--back-within", "200ms")
	until(t, "an echo", func() bool { return len(out.rows(t)) > 0 })
	stop()
	until(t, "a failure", func() bool { return len(out.failures(t)) == 1 })
	serveAt(t, "back", nil, addresses{kindGrpc: s.at[kindGrpc]})
	until(t, "the failure told again", func() bool { return len(out.failures(t)) == 2 })
	failures := out.failures(t)
	if !strings.Contains(failures[0], "stream was not back within 200ms: ") || !strings.Contains(failures[0], "connection refused") ||
		!strings.HasPrefix(failures[1], "stream was not back within 200ms: it was away for ") {
		t.Fatalf("failures %q", failures)
	}
}

func TestAStreamThatFallsSilentIsOpenedAgain(t *testing.T) {
	s, _ := serveAt(t, "back", nil, nil)
	path := newSilencer(t, s.at[kindGrpc])
	out := startClient(t, "stream", path.address, "--rate", "100", "--back-within", "4s")
	until(t, "an echo", func() bool { return len(out.rows(t)) > 0 })
	path.silence()
	// New connections are as good as ever.
	until(t, "a line of the outage", func() bool {
		return slices.ContainsFunc(out.rows(t), func(row []string) bool {
			latency, _ := strconv.ParseInt(row[2], 10, 64)
			return latency > int64(2*time.Second)
		})
	})
	expectEqual(t, out.failures(t), []string(nil))
}

func TestAClientEndsWhenNobodyHears(t *testing.T) {
	s, _ := serveAt(t, "back", nil, nil)
	err := clientCommand(t.Context(), []string{"tcp", s.at[kindTCP], "--rate", "100"}, closedPipe{})
	if !errors.Is(err, errPipe) {
		t.Fatalf("ended with %v", err)
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	for _, args := range [][]string{
		{}, {"grpc"}, {"udp", "a:1"}, {"tcp", "a:1", "--rate", "0"}, {"tcp", "a:1", "--wide"}, {"tcp", "a:1", "b:1"},
	} {
		if err := clientCommand(t.Context(), args, new(printed)); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

var errPipe = errors.New("broken pipe")

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errPipe }

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}
