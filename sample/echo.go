package main

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The gRPC service speaks in protobuf's own StringValue, so it needs no generated code.
const (
	echoService  = "istiodelivery.sample.Echo"
	echoMethod   = "/" + echoService + "/Echo"
	streamMethod = "/" + echoService + "/Stream"
)

var echoDescription = grpc.ServiceDesc{
	ServiceName: echoService,
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Echo", Handler: handleEcho}},
	Streams: []grpc.StreamDesc{
		{StreamName: "Stream", Handler: handleStream, ServerStreams: true, ClientStreams: true},
	},
}

// echoServer answers itself or asks the next service.
type echoServer struct {
	relay *relay
	// Closed when the streams that are open shall end.
	end <-chan struct{}
}

func handleEcho(
	server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor,
) (any, error) {
	in := new(wrapperspb.StringValue)
	if err := decode(in); err != nil {
		return nil, err
	}
	if ids := metadata.ValueFromIncomingContext(ctx, requestIDHeader); len(ids) > 0 {
		ctx = withRequestID(ctx, ids[0])
	}
	text, err := server.(*echoServer).relay.answer(ctx, kindGrpc, in.GetValue())
	if err != nil {
		// Not Unavailable: a sidecar would ask again, and a lost request would be hidden.
		return nil, status.Error(codes.Internal, err.Error())
	}
	return wrapperspb.String(text), nil
}

// handleStream returns every message to its sender until either side ends.
func handleStream(server any, stream grpc.ServerStream) error {
	echoed := make(chan error, 1)
	go func() {
		for {
			message := new(wrapperspb.StringValue)
			if err := stream.RecvMsg(message); err != nil {
				echoed <- err
				return
			}
			if err := stream.SendMsg(message); err != nil {
				echoed <- err
				return
			}
		}
	}()
	select {
	case err := <-echoed:
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	case <-server.(*echoServer).end:
		// A client that is told so comes back at once, to another pod.
		return status.Error(codes.Unavailable, "server is draining")
	}
}
