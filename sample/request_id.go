package main

import "context"

// The proxies on the way of a request log it by this header, which the services between them pass on.
const requestIDHeader = "x-request-id"

type requestIDKey struct{}

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// requestID is empty where no proxy gave the request one.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
