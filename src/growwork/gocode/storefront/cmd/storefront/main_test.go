package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"example.com/storefront/internal/loadgen"
)

func TestRun(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), []string{"-requests", "150", "-clients", "3"}, &stdout, &stderr)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	if n := strings.Count(stdout.String(), "\n"); n != 1 {
		t.Errorf("%d lines on stdout, want 1", n)
	}
	var s loadgen.Summary
	if err := json.Unmarshal(stdout.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Requests != 150 || s.Errors != 0 || s.Clients != 3 {
		t.Errorf("summary %+v", s)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-requests", "0"},
		{"-clients", "-1"},
		{"-serve", "-load", "http://127.0.0.1:1"},
		{"extra"},
		{"-no-such-flag"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, &stdout, &stderr); code != exitUsage {
			t.Errorf("%v: exit %d, want %d", args, code, exitUsage)
		}
		if stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%v: stdout %q, stderr %q", args, &stdout, &stderr)
		}
	}
}

func TestNothingListensThere(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"-load", "http://127.0.0.1:1"}, &stdout, &stderr); code != exitFailed {
		t.Errorf("exit %d, want %d", code, exitFailed)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"-serve"}, &stdout, &stderr); code != 0 {
		t.Errorf("exit %d: %s", code, &stderr)
	}
	if !strings.Contains(stderr.String(), "serving on http://127.0.0.1:") {
		t.Errorf("stderr %q", &stderr)
	}
}

func TestInterruptedLoad(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"-requests", "10"}, &stdout, &stderr); code != exitFailed {
		t.Errorf("exit %d, want %d", code, exitFailed)
	}
}
