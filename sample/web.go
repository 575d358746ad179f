package main

import (
	"fmt"
	"log"
	"net/http"
	"strings"
	"sync/atomic"
)

// readiness is what /ready tells: ready until the server ends.
type readiness struct{ ended atomic.Bool }

func (r *readiness) end() { r.ended.Store(true) }

// newHTTPServer answers / itself and each kind of call with what the next service says.
func newHTTPServer(relay *relay, ready *readiness) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		sayAnswer(w, greeting(relay, r))
	})
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		if ready.ended.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc(askPath, askHandler())
	for _, kind := range []string{kindHTTP1, kindHTTP2, kindGrpc, kindTCP, kindEgress} {
		mux.HandleFunc("/"+kind, func(w http.ResponseWriter, r *http.Request) {
			answer, err := relay.answer(withRequestID(r.Context(), r.Header.Get(requestIDHeader)), kind, greeting(relay, r))
			if err != nil {
				log.Print(err)
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			sayAnswer(w, answer)
		})
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{Handler: mux, Protocols: protocols}
}

// answeredByHeader says which way a request went: who answered it, and whether a proxy passed it on for somebody.
const answeredByHeader = "Rehearsal-Answered-By"

// greeting is what a service says of itself: its name, and how it was asked.
func greeting(relay *relay, r *http.Request) string {
	said := relay.name + " " + r.Proto
	if r.Header.Get("X-Forwarded-For") != "" {
		said += " forwarded"
	}
	return said
}

// sayAnswer answers with a greeting, and with the way of the request: another version of HTTP is none.
func sayAnswer(w http.ResponseWriter, greeting string) {
	name, how, _ := strings.Cut(strings.TrimSpace(greeting), " ")
	_, way, _ := strings.Cut(how, " ")
	w.Header().Set(answeredByHeader, strings.TrimSpace(name+" "+way))
	fmt.Fprintln(w, greeting)
}
