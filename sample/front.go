package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	askPath = "/ask"
	// What came of a question, so that the answer of a proxy in between is not taken for it.
	askedHeader   = "Sample-Asked"
	askedAnswered = "answered"
	askedFailed   = "failed"
)

// askHandler asks other servers from inside the mesh, for a client that is outside.
func askHandler() http.HandlerFunc {
	client := newOtherClient(false)
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		asked := other{kind: query.Get("kind"), address: query.Get("address"), readiness: query.Has("readiness")}
		ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
		defer cancel()
		if err := asked.ask(ctx, client); err != nil {
			w.Header().Set(askedHeader, askedFailed)
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprintln(w, withoutURL(err))
			return
		}
		w.Header().Set(askedHeader, askedAnswered)
		fmt.Fprintln(w, askedAnswered)
	}
}

// askFront has a front ask; what is asked stands in the URL.
func askFront(ctx context.Context, client *http.Client, front, authority string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, front, nil)
	if err != nil {
		return err
	}
	if authority != "" {
		request.Host = authority
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("front did not answer: %w", withoutURL(err))
	}
	defer response.Body.Close()
	said, err := firstLine(response.Body)
	if err != nil {
		return fmt.Errorf("front did not answer: %w", withoutURL(err))
	}
	switch response.Header.Get(askedHeader) {
	case askedAnswered:
		return nil
	case askedFailed:
		return errors.New(said)
	default:
		return fmt.Errorf("front did not answer: %w", statusError(response.StatusCode, said))
	}
}

func withCause(err error) error {
	if err == nil {
		return nil
	}
	return withoutURL(err)
}

// withoutURL is the cause alone: what was asked is known, and requests that fail for one reason are counted together.
func withoutURL(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
