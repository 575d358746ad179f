package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answering serves one answer, whatever it is asked.
func answering(t *testing.T, code int, body string, headers ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for index := 0; index+1 < len(headers); index += 2 {
			w.Header().Set(headers[index], headers[index+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAnyAnswerOfTheServerItselfWillDo(t *testing.T) {
	const refused = "upstream connect error or disconnect/reset before headers. reset reason: connection failure"
	passedOn := []string{"Server", "envoy", "X-Envoy-Upstream-Service-Time", "3"}
	for name, test := range map[string]struct {
		code      int
		body      string
		headers   []string
		readiness bool
		want      string
	}{
		"well":                                    {code: 200, body: "hello"},
		"elsewhere":                               {code: 302, headers: []string{"Location", "http://192.0.2.1/"}},
		"wants a login":                           {code: 401, body: "who are you"},
		"says forbidden itself":                   {code: 403, body: "not you"},
		"was not asked, for a policy forbids it":  {code: 403, body: "RBAC: access denied", want: "status 403: RBAC: access denied"},
		"has no such page":                        {code: 404, body: "not found"},
		"has no such page, and says nothing":      {code: 404, headers: passedOn},
		"is behind no route":                      {code: 404, headers: []string{"Server", "istio-envoy"}, want: "status 404"},
		"fails":                                   {code: 500, body: "oh\nat line 5", want: "status 500: oh"},
		"is unavailable":                          {code: 503, body: "draining", want: "status 503: draining"},
		"drains, and is asked whether it is":      {code: 503, body: "draining", readiness: true},
		"drains behind a proxy, and is asked":     {code: 503, body: "draining", headers: passedOn, readiness: true},
		"is gone, and is asked whether it drains": {code: 503, body: refused, headers: passedOn, readiness: true, want: "status 503: " + refused},
	} {
		t.Run(name, func(t *testing.T) {
			asked := other{kind: kindHTTP1, address: answering(t, test.code, test.body, test.headers...), readiness: test.readiness}
			expectEqual(t, textOf(asked.ask(t.Context(), newOtherClient(false))), test.want)
		})
	}
}

func TestAGrpcServerThatHasNoHealthCheckAnswers(t *testing.T) {
	back, stop := serveAt(t, "back", nil, nil)
	asked := other{kind: kindGrpc, address: back.at[kindGrpc]}
	expectEqual(t, textOf(asked.ask(t.Context(), nil)), "")
	stop()
	if err := asked.ask(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "Unavailable") {
		t.Fatalf("a server that is gone: %v", err)
	}
	other := other{kind: kindGrpc, address: strings.TrimPrefix(answering(t, 200, "hello"), "http://")}
	if err := other.ask(t.Context(), nil); err == nil {
		t.Fatal("a server that speaks no gRPC answered")
	}
}

// listening takes connections and does something with each.
func listening(t *testing.T, with func(net.Conn)) string {
	t.Helper()
	listener := listen(t, "127.0.0.1:0")
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go with(connection)
		}
	}()
	return listener.Addr().String()
}

func TestAConnectionThatStaysOpenIsAnAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		address string
		want    string
	}{
		"silent":         {address: listening(t, func(c net.Conn) { time.Sleep(2 * time.Second); c.Close() })},
		"greets":         {address: listening(t, func(c net.Conn) { fmt.Fprintln(c, "220 ready"); c.Close() })},
		"closes at once": {address: listening(t, func(c net.Conn) { c.Close() }), want: "the connection was closed at once"},
		"is not there":   {address: "127.0.0.1:1", want: "dial tcp 127.0.0.1:1: connect: connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectEqual(t, textOf(other{kind: kindTCP, address: test.address}.ask(t.Context(), nil)), test.want)
		})
	}
}

func frontURL(at, kind, address string) string {
	return "http://" + at + askPath + "?" + url.Values{"kind": {kind}, "address": {address}}.Encode()
}

func TestAFrontAsksForAClientOutside(t *testing.T) {
	front, stop := serveAt(t, "front", nil, nil)
	at := front.at[kindHTTP1]
	for name, test := range map[string]struct{ url, want string }{
		"answered":            {url: frontURL(at, kindHTTP1, answering(t, 404, "no such page"))},
		"failed":              {url: frontURL(at, kindHTTP1, answering(t, 500, "oh")), want: "status 500: oh"},
		"gone":                {url: frontURL(at, kindHTTP1, "http://127.0.0.1:1/"), want: "dial tcp 127.0.0.1:1: connect: connection refused"},
		"a connection":        {url: frontURL(at, kindTCP, at)},
		"nothing known":       {url: frontURL(at, "smtp", at), want: `there is no kind of question "smtp"`},
		"no front in between": {url: answering(t, 200, "hello"), want: "front did not answer: status 200: hello"},
	} {
		t.Run(name, func(t *testing.T) {
			expectEqual(t, textOf(askFront(t.Context(), newOtherClient(false), test.url, "")), test.want)
		})
	}
	stop()
	err := askFront(context.Background(), newOtherClient(false), frontURL(at, kindHTTP1, "http://127.0.0.1:1/"), "")
	if err == nil || !strings.HasPrefix(err.Error(), "front did not answer: ") {
		t.Fatalf("a front that is gone: %v", err)
	}
}

func TestOtherServersAreAskedAtTheRateWithALinePerRequest(t *testing.T) {
	front, _ := serveAt(t, "front", nil, nil)
	url := answering(t, 418, "tea")
	for _, args := range [][]string{
		{"http", url, "--authority", "shop.example"},
		{"ask", frontURL(front.at[kindHTTP1], kindHTTP1, url)},
	} {
		t.Run(args[0], func(t *testing.T) {
			out := startClient(t, append(args, "--rate", "100")...)
			until(t, "20 lines", func() bool { return len(out.rows(t)) >= 20 })
			expectEqual(t, out.failures(t), []string(nil))
		})
	}
}
