package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The kinds of call that one service makes to the next.
const (
	kindHTTP1  = "http1"
	kindHTTP2  = "http2"
	kindGrpc   = "grpc"
	kindTCP    = "tcp"
	kindEgress = "egress"
)

// A call that takes longer has failed.
const callTimeout = 5 * time.Second

// addresses says where the calls of each kind go; a kind that is not there is answered by the service itself.
type addresses map[string]string

type call func(ctx context.Context, text string) (string, error)

// relay answers a request: with one call to the next service, or itself where there is none.
type relay struct {
	name  string
	calls map[string]call
}

func newRelay(name string, next addresses) (*relay, error) {
	calls := map[string]call{}
	for kind, address := range next {
		switch kind {
		case kindHTTP1, kindEgress:
			calls[kind] = httpCall(address, 1)
		case kindHTTP2:
			calls[kind] = httpCall(address, 2)
		case kindTCP:
			calls[kind] = func(ctx context.Context, text string) (string, error) { return askTCP(ctx, address, text) }
		case kindGrpc:
			grpcCall, err := newGrpcCall(address)
			if err != nil {
				return nil, err
			}
			calls[kind] = grpcCall
		default:
			return nil, fmt.Errorf("there is no kind of call %q", kind)
		}
	}
	return &relay{name: name, calls: calls}, nil
}

func (r *relay) answer(ctx context.Context, kind, text string) (string, error) {
	next, ok := r.calls[kind]
	if !ok {
		return text, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := next(ctx, text)
	if err != nil {
		return "", fmt.Errorf("%s: %s call failed: %w", r.name, kind, err)
	}
	return answer, nil
}

// httpCall asks over pooled connections that speak one version of HTTP, without TLS: that is the sidecar's.
func httpCall(url string, version int) call {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(version == 1)
	protocols.SetUnencryptedHTTP2(version == 2)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols, MaxIdleConnsPerHost: 100}}
	return func(ctx context.Context, _ string) (string, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", err
		}
		if id := requestID(ctx); id != "" {
			request.Header.Set(requestIDHeader, id)
		}
		response, err := client.Do(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		switch {
		case err != nil:
			return "", err
		case response.ProtoMajor != version:
			return "", fmt.Errorf("answered with %s", response.Proto)
		case response.StatusCode != http.StatusOK:
			return "", fmt.Errorf("status %d: %s", response.StatusCode, strings.TrimSpace(string(body)))
		}
		return string(body), nil
	}
}

func newGrpcCall(address string) (call, error) {
	connection, err := dialGrpc(address, "")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, text string) (string, error) { return askGrpc(ctx, connection, text) }, nil
}

func dialGrpc(address, authority string) (*grpc.ClientConn, error) {
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(reconnection),
	}
	if authority != "" {
		options = append(options, grpc.WithAuthority(authority))
	}
	return grpc.NewClient("passthrough:///"+address, options...)
}

func askGrpc(ctx context.Context, connection *grpc.ClientConn, text string) (string, error) {
	answer := new(wrapperspb.StringValue)
	if id := requestID(ctx); id != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, requestIDHeader, id)
	}
	if err := connection.Invoke(ctx, echoMethod, wrapperspb.String(text), answer); err != nil {
		return "", err
	}
	return answer.GetValue(), nil
}

// askTCP sends one line over a new connection and waits for the one that answers it.
func askTCP(ctx context.Context, address, text string) (string, error) {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := connection.SetDeadline(deadline); err != nil {
			return "", err
		}
	}
	if _, err := io.WriteString(connection, text+"\n"); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("no answer: %w", err)
	}
	line = strings.TrimSuffix(line, "\n")
	if line != text {
		return "", fmt.Errorf("answered %q", line)
	}
	return line, nil
}
