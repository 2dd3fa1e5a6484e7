//go:build !go1.25

package main

import (
	"errors"
	"time"
)

func flightRecorder(string, time.Duration) error {
	return errors.New("the flight recorder came with Go 1.25")
}
