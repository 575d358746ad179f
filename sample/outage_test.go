package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// one prints what a line says, short enough for a table.
func one(o outcome) string {
	text := o.latency.String()
	if o.failure != "" {
		text += " " + o.failure
	}
	return text
}

func TestOutage(t *testing.T) {
	echo := outcome{latency: time.Millisecond}
	cases := []struct {
		behaviour string
		story     func(o *outage)
		lines     []string
	}{
		{
			"the way to the first echo is no outage",
			func(o *outage) {
				o.begin(time.Now(), nil)
				time.Sleep(time.Second)
				o.end(echo)
			},
			[]string{"1ms"},
		},
		{
			"a stream that is back in time has one line, which takes as long as it was away",
			func(o *outage) {
				o.end(echo)
				o.begin(time.Now(), errors.New("reset"))
				time.Sleep(2 * time.Second)
				o.end(echo)
				o.end(echo)
			},
			[]string{"1ms", "2s", "1ms"},
		},
		{
			"a stream is away since the first break, whatever came between",
			func(o *outage) {
				o.end(echo)
				o.begin(time.Now(), errors.New("reset"))
				time.Sleep(time.Second)
				o.begin(time.Now(), errors.New("refused"))
				time.Sleep(time.Second)
				o.end(echo)
			},
			[]string{"1ms", "2s"},
		},
		{
			"a stream that is away for too long fails at once, and again when it is back",
			func(o *outage) {
				o.end(echo)
				o.begin(time.Now(), errors.New("reset"))
				time.Sleep(time.Second)
				o.begin(time.Now(), errors.New("refused"))
				time.Sleep(6 * time.Second)
				o.end(echo)
			},
			[]string{"1ms", "5s stream was not back within 5s: refused", "7s stream was not back within 5s: it was away for 7s"},
		},
		{
			"a stream that never comes fails once",
			func(o *outage) {
				o.begin(time.Now(), nil)
				time.Sleep(time.Minute)
			},
			[]string{"5s stream was not back within 5s"},
		},
		{
			"a message without an echo may have been due long before the break was seen",
			func(o *outage) {
				o.end(echo)
				o.begin(time.Now().Add(-6*time.Second), errors.New("silent"))
				time.Sleep(time.Second)
			},
			[]string{"1ms", "5s stream was not back within 5s: silent"},
		},
		{
			"every outage is one of its own",
			func(o *outage) {
				o.end(echo)
				o.begin(time.Now(), errors.New("reset"))
				time.Sleep(6 * time.Second)
				o.end(echo)
				o.begin(time.Now(), errors.New("reset"))
				time.Sleep(time.Second)
				o.end(echo)
				time.Sleep(time.Minute)
			},
			[]string{"1ms", "5s stream was not back within 5s: reset", "6s stream was not back within 5s: it was away for 6s", "1s"},
		},
	}
	for _, c := range cases {
		t.Run(c.behaviour, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var lines []string
				c.story(&outage{within: 5 * time.Second, write: func(o outcome) { lines = append(lines, one(o)) }})
				synctest.Wait()
				expectEqual(t, lines, c.lines)
			})
		})
	}
}
