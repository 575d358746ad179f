package main

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a line says about its request.
const (
	codeAnswered = 200
	codeNone     = 0
)

// outcome is how one request ended.
type outcome struct {
	// When it was due, whether or not it could be sent then.
	at       time.Time
	latency  time.Duration
	bytesOut int
	bytesIn  int
	// Empty when it was answered well.
	failure string
}

// lineWriter prints outcomes as the first columns of `vegeta encode -to csv`, each at once.
type lineWriter struct {
	mutex sync.Mutex
	csv   *csv.Writer
	// Called when a line could not be printed: a client that nobody hears has nothing left to do.
	unheard func(error)
}

func newLineWriter(out io.Writer, unheard func(error)) *lineWriter {
	return &lineWriter{csv: csv.NewWriter(out), unheard: unheard}
}

func (w *lineWriter) write(o outcome) {
	code := codeAnswered
	if o.failure != "" {
		code = codeNone
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	err := w.csv.Write([]string{
		strconv.FormatInt(o.at.UnixNano(), 10),
		strconv.Itoa(code),
		strconv.FormatInt(o.latency.Nanoseconds(), 10),
		strconv.Itoa(o.bytesOut),
		strconv.Itoa(o.bytesIn),
		// One request is one line, whatever an error has to say.
		strings.Join(strings.Fields(o.failure), " "),
	})
	w.csv.Flush()
	if err := errors.Join(err, w.csv.Error()); err != nil {
		w.unheard(err)
	}
}
