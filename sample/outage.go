package main

import (
	"fmt"
	"sync"
	"time"
)

// outage tells of one stream how long it is away, and whether that is too long.
type outage struct {
	within time.Duration
	write  func(outcome)

	mutex sync.Mutex
	// Zero while the stream is there.
	since time.Time
	cause error
	// Runs until it is too long.
	timer *time.Timer
	late  bool
	// False until it was there for the first time: the way to that is no outage.
	met bool
}

// begin notes that the stream is away, and why; the first time counts, the last cause is told.
func (o *outage) begin(since time.Time, cause error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.cause = cause
	if !o.since.IsZero() {
		return
	}
	o.since, o.late = since, false
	o.timer = time.AfterFunc(time.Until(since.Add(o.within)), o.exceed)
}

func (o *outage) exceed() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.since.IsZero() || o.late {
		return
	}
	o.late = true
	failure := fmt.Sprintf("stream was not back within %s", o.within)
	if o.cause != nil {
		failure += ": " + o.cause.Error()
	}
	o.write(outcome{at: o.since, latency: o.within, failure: failure})
}

// end takes an echo: one of a stream that was there, or the first one after it was away, which tells of that.
func (o *outage) end(echo outcome) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	since, late, met := o.since, o.late, o.met
	o.since, o.late, o.met = time.Time{}, false, true
	if o.timer != nil {
		o.timer.Stop()
	}
	away := time.Since(since)
	switch {
	case since.IsZero(), !met && !late:
		o.write(echo)
	case !late && away <= o.within:
		o.write(outcome{at: since, latency: away, bytesOut: echo.bytesOut, bytesIn: echo.bytesIn})
	default:
		failure := fmt.Sprintf("stream was not back within %s: it was away for %s", o.within, away.Round(time.Millisecond))
		o.write(outcome{at: since, latency: away, bytesOut: echo.bytesOut, bytesIn: echo.bytesIn, failure: failure})
	}
}
