package main

const hopsPerTurn = 250

// pingPong sends a number to and fro between two goroutines over channels without a buffer:
// every hop blocks one goroutine and wakes the other.
func pingPong(rec *recording) {
	ping, pong := make(chan int), make(chan int)
	defer close(ping)
	go func() {
		defer close(pong)
		for number := range ping {
			pong <- number + 1
		}
	}()
	for rec.turn() {
		number := 0
		for range hopsPerTurn {
			ping <- number
			number = <-pong
		}
	}
}
