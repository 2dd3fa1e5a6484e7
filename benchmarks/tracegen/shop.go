package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/trace"
	"strconv"
	"time"
)

const (
	itemsPerAnswer  = 50
	requestsPerTurn = 16
)

// shop is an HTTP server on loopback and the client of its visitors.
type shop struct {
	server *http.Server
	client *http.Client
	url    string
}

func openShop() (*shop, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/items", answerItems)
	opened := &shop{
		server: &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute},
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true},
			Timeout:   time.Minute,
		},
		url: "http://" + listener.Addr().String() + "/items?first=",
	}
	go func() { _ = opened.server.Serve(listener) }() // ends with close
	return opened, nil
}

func (s *shop) close() {
	s.client.CloseIdleConnections()
	_ = s.server.Close() // the process ends next
}

// answerItems builds a map and sends it as JSON.
func answerItems(out http.ResponseWriter, request *http.Request) {
	ctx, task := trace.NewTask(request.Context(), "request")
	defer task.End()
	first, err := strconv.Atoi(request.URL.Query().Get("first"))
	if err != nil {
		http.Error(out, "first is a number", http.StatusBadRequest)
		return
	}
	items := make(map[string]int)
	trace.WithRegion(ctx, "collect items", func() {
		for number := range itemsPerAnswer {
			items[strconv.Itoa(first+number)] = number
		}
	})
	trace.Log(ctx, "items", strconv.Itoa(len(items)))
	_ = json.NewEncoder(out).Encode(items) // a visitor that has gone needs no answer
}

// visit asks for items, one request after the other, over a connection that is kept.
func (s *shop) visit(rec *recording) {
	for first := 0; rec.turn(); first++ {
		for range requestsPerTurn {
			if err := s.ask(rec.ctx, first); err != nil {
				break // the recording has ended; turn tells
			}
		}
	}
}

func (s *shop) ask(ctx context.Context, first int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+strconv.Itoa(first), nil)
	if err != nil {
		return err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return errors.Join(err, answer.Body.Close())
}
