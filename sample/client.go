package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// A client whose connection is gone comes back soon, or a threshold of seconds could not be held.
var reconnection = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 500 * time.Millisecond},
	MinConnectTimeout: 2 * time.Second,
}

type clientSettings struct {
	kind    string
	address string
	// Name that a gateway routes by; the address otherwise.
	authority string
	// Between two requests.
	interval   time.Duration
	timeout    time.Duration
	backWithin time.Duration
}

func clientCommand(ctx context.Context, args []string, out io.Writer) error {
	settings, err := parseClient(args)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	lines := newLineWriter(out, end)
	switch settings.kind {
	case kindGrpc:
		connection, err := dialGrpc(settings.address, settings.authority)
		if err != nil {
			return err
		}
		defer connection.Close()
		ask := func(ctx context.Context, text string) (string, error) { return askGrpc(ctx, connection, text) }
		askAtRate(ctx, settings, ask, lines)
	case kindTCP:
		ask := func(ctx context.Context, text string) (string, error) { return askTCP(ctx, settings.address, text) }
		askAtRate(ctx, settings, ask, lines)
	case "http":
		client := newOtherClient(true)
		asked := other{kind: kindHTTP1, address: settings.address, authority: settings.authority}
		ask := func(ctx context.Context, _ string) (string, error) { return "", withCause(asked.ask(ctx, client)) }
		askAtRate(ctx, settings, ask, lines)
	case "ask":
		client := newOtherClient(settings.authority != "")
		ask := func(ctx context.Context, _ string) (string, error) {
			return "", askFront(ctx, client, settings.address, settings.authority)
		}
		askAtRate(ctx, settings, ask, lines)
	case "stream":
		holdStream(ctx, settings, lines)
	default:
		return errUsage
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func parseClient(args []string) (clientSettings, error) {
	if len(args) < 2 {
		return clientSettings{}, errUsage
	}
	settings := clientSettings{kind: args[0], address: args[1]}
	flags := flag.NewFlagSet("client", flag.ContinueOnError)
	rate := flags.Float64("rate", 10, "requests a second")
	flags.StringVar(&settings.authority, "authority", "", "name that a gateway routes by")
	flags.DurationVar(&settings.timeout, "timeout", 10*time.Second, "how long an answer may take")
	flags.DurationVar(&settings.backWithin, "back-within", 5*time.Second, "how long a broken stream may be away")
	if err := flags.Parse(args[2:]); err != nil {
		return clientSettings{}, errors.Join(errUsage, err)
	}
	if flags.NArg() > 0 || *rate <= 0 || settings.timeout <= 0 || settings.backWithin <= 0 {
		return clientSettings{}, errUsage
	}
	settings.interval = time.Duration(float64(time.Second) / *rate)
	return settings, nil
}

// askAtRate sends every request when it is due, however long others take; the timeout bounds how many wait at once.
func askAtRate(ctx context.Context, settings clientSettings, ask call, lines *lineWriter) {
	everyInterval(ctx, time.Now(), settings.interval, func(due time.Time) {
		go func() {
			asking, cancel := context.WithTimeout(ctx, settings.timeout)
			defer cancel()
			text := strconv.FormatInt(due.UnixNano(), 10)
			answer, err := ask(asking, text)
			if ctx.Err() != nil {
				return
			}
			result := outcome{at: due, latency: time.Since(due), bytesOut: len(text), bytesIn: len(answer)}
			if err != nil {
				result.failure = err.Error()
			}
			lines.write(result)
		}()
	})
}

// everyInterval calls send with the time that each message is due, and catches up where it was late.
func everyInterval(ctx context.Context, start time.Time, interval time.Duration, send func(due time.Time)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for due := start; ; due = due.Add(interval) {
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			send(due)
		}
	}
}
