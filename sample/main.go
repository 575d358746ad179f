// Sample is the workload of a rehearsal: a server that answers and relays over HTTP/1.1, HTTP/2, gRPC and TCP,
// and a client that asks at a fixed rate and prints a line for each request.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage:
  sample serve [--name NAME] [--next HOST] [--egress URL] [--drain 5s]
  sample client grpc|tcp|stream|http|ask ADDRESS [--rate 10] [--timeout 10s] [--back-within 5s] [--authority NAME]`

// errUsage is what a command answers that cannot be understood: flag has said why.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil:
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "sample:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "serve":
		return serveCommand(ctx, args[1:])
	case "client":
		return clientCommand(ctx, args[1:], os.Stdout)
	default:
		return errUsage
	}
}
