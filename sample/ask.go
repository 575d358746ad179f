package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// How long a connection must stay open: a sidecar takes every connection, and closes it where nobody is behind it.
const openFor = 250 * time.Millisecond

const healthMethod = "/grpc.health.v1.Health/Check"

// other is a server of somebody else, of which nothing is known but where it is: any answer of its own will do.
type other struct {
	// kindHTTP1, kindGrpc or kindTCP.
	kind string
	// URL for HTTP, host and port otherwise.
	address string
	// Name that a gateway routes by; that of the address otherwise.
	authority string
	// The address is that of a readiness probe, where a server that is about to end says so and still takes requests.
	readiness bool
}

// ask returns why there was no answer.
func (o other) ask(ctx context.Context, client *http.Client) error {
	switch o.kind {
	case kindHTTP1:
		return o.askHTTP(ctx, client)
	case kindGrpc:
		return o.askGrpc(ctx)
	case kindTCP:
		return o.connect(ctx)
	default:
		return fmt.Errorf("there is no kind of question %q", o.kind)
	}
}

// newOtherClient follows no redirect: that is an answer. Connections that are kept outlive the pods behind a proxy's back.
func newOtherClient(keep bool) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: !keep, MaxIdleConnsPerHost: 100},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (o other) askHTTP(ctx context.Context, client *http.Client) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.address, nil)
	if err != nil {
		return err
	}
	if o.authority != "" {
		request.Host = o.authority
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := firstLine(response.Body)
	if err != nil {
		return err
	}
	if o.isAnswer(response, said) {
		return nil
	}
	return statusError(response.StatusCode, said)
}

func (o other) isAnswer(response *http.Response, said string) bool {
	switch code := response.StatusCode; {
	case code == http.StatusForbidden:
		return said != "RBAC: access denied"
	case code == http.StatusNotFound:
		return said != "" || !isOfProxy(response)
	case code == http.StatusServiceUnavailable && o.readiness:
		return !saidByProxy(said) && !isOfProxy(response)
	default:
		return code < http.StatusInternalServerError
	}
}

// isOfProxy tells an answer that a proxy gave itself from one that it passed on.
func isOfProxy(response *http.Response) bool {
	server := response.Header.Get("Server")
	return (server == "envoy" || server == "istio-envoy") && response.Header.Get("X-Envoy-Upstream-Service-Time") == ""
}

// saidByProxy knows what Envoy says of a server that it cannot reach, even where another Envoy passed it on.
func saidByProxy(said string) bool {
	for _, start := range []string{"upstream connect error", "no healthy upstream", "upstream request timeout"} {
		if strings.HasPrefix(said, start) {
			return true
		}
	}
	return false
}

func statusError(code int, said string) error {
	if said == "" {
		return fmt.Errorf("status %d", code)
	}
	return fmt.Errorf("status %d: %s", code, said)
}

// firstLine reads all of a body that is not too long, so that its connection can be used again.
func firstLine(body io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(body, 1<<16))
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text) {
		return "", nil
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if runes := []rune(line); len(runes) > 200 {
		return string(runes[:200]), nil
	}
	return strings.TrimSpace(line), nil
}

// askGrpc calls what most servers have; that a server does not have it is an answer of its own.
func (o other) askGrpc(ctx context.Context) error {
	connection, err := dialGrpc(o.address, o.authority)
	if err != nil {
		return err
	}
	defer connection.Close()
	err = connection.Invoke(ctx, healthMethod, new(emptypb.Empty), new(emptypb.Empty))
	told := status.Convert(err)
	switch told.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Internal, codes.Unknown:
		return err
	case codes.PermissionDenied:
		if strings.Contains(told.Message(), "RBAC: access denied") {
			return err
		}
	}
	return nil
}

// connect opens a connection, and sees whether it stays open or something comes of it.
func (o other) connect(ctx context.Context) error {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", o.address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetReadDeadline(time.Now().Add(openFor)); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 1))
	var timeout net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil
	case errors.Is(err, io.EOF):
		return errors.New("the connection was closed at once")
	default:
		return err
	}
}
