package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Between two attempts of which the first came to nothing.
const pause = 100 * time.Millisecond

var errSilent = errors.New("it got no echo")

// holdStream keeps one stream open, sends a message when it is due and prints its echo; a stream that broke is opened
// again at once, over a connection of its own.
func holdStream(ctx context.Context, settings clientSettings, lines *lineWriter) {
	away := &outage{within: settings.backWithin, write: lines.write}
	away.begin(time.Now(), nil)
	for ctx.Err() == nil {
		used := useStream(ctx, settings, away)
		if ctx.Err() != nil {
			return
		}
		away.begin(used.until, used.cause)
		if used.echoes == 0 {
			sleep(ctx, pause)
		}
	}
}

// streamUse is what came of one stream.
type streamUse struct {
	echoes int
	// When the first message was due that got no echo; the end of the stream where every one had its own.
	until time.Time
	cause error
}

// useStream sends and receives until the stream breaks, was silent for so long that it must be given up in order to be
// back in time, or has not come in that time.
func useStream(ctx context.Context, settings clientSettings, away *outage) streamUse {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	silence := time.AfterFunc(settings.backWithin, func() { end(errSilent) })
	defer silence.Stop()
	connection, err := dialGrpc(settings.address, settings.authority)
	if err != nil {
		return streamUse{until: time.Now(), cause: err}
	}
	defer connection.Close()
	stream, err := connection.NewStream(ctx, &echoDescription.Streams[0], streamMethod)
	if err != nil {
		return streamUse{until: time.Now(), cause: reason(ctx, err)}
	}
	start := time.Now()
	go everyInterval(ctx, start, settings.interval, func(due time.Time) {
		// Why a message could not be sent is what receiving returns.
		_ = stream.SendMsg(wrapperspb.String(strconv.FormatInt(due.UnixNano(), 10)))
	})
	for echoes := 0; ; echoes++ {
		echo, err := receiveEcho(stream)
		if err != nil {
			return streamUse{echoes: echoes, until: unanswered(start, echoes, settings.interval), cause: reason(ctx, err)}
		}
		silence.Reset(settings.backWithin/2 + settings.interval)
		away.end(echo)
	}
}

func receiveEcho(stream grpc.ClientStream) (outcome, error) {
	message := new(wrapperspb.StringValue)
	if err := stream.RecvMsg(message); err != nil {
		return outcome{}, err
	}
	text := message.GetValue()
	due, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return outcome{}, fmt.Errorf("echoed %q", text)
	}
	at := time.Unix(0, due)
	return outcome{at: at, latency: time.Since(at), bytesOut: len(text), bytesIn: len(text)}, nil
}

func unanswered(start time.Time, echoes int, interval time.Duration) time.Time {
	due := start.Add(time.Duration(echoes) * interval)
	if now := time.Now(); due.After(now) {
		return now
	}
	return due
}

// reason prefers why the stream was given up to the error that comes of it.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func sleep(ctx context.Context, duration time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(duration):
	}
}
