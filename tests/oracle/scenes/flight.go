//go:build go1.25

package main

import (
	"os"
	"path/filepath"
	"runtime/trace"
	"time"
)

// flightRecorder takes two snapshots of a flight recorder: flight.trace, and flight2.trace after
// more work and beside an ordinary trace.
func flightRecorder(dir string, duration time.Duration) error {
	recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: duration})
	if err := recorder.Start(); err != nil {
		return err
	}
	defer recorder.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		mixed(3 * duration)
	}()
	time.Sleep(duration)
	if err := snapshot(recorder, filepath.Join(dir, "flight.trace")); err != nil {
		return err
	}
	if err := traced(filepath.Join(dir, "beside.trace"), func() { time.Sleep(duration) }); err != nil {
		return err
	}
	err := snapshot(recorder, filepath.Join(dir, "flight2.trace"))
	<-done
	return err
}

func snapshot(recorder *trace.FlightRecorder, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := recorder.WriteTo(file); err != nil {
		return err
	}
	return file.Close()
}
