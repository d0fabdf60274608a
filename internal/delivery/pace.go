package delivery

import (
	"time"
)

// The waits between attempts.
const (
	firstWait = 5 * time.Second
	mostWait  = 15 * time.Minute
	// mostAway bounds the pause while there is no connection: an attempt that reaches nobody disturbs nobody.
	mostAway = time.Minute
	// leastWait keeps an entry from being tried again at once, however the dice fall.
	leastWait = time.Second
	// pauseAfter is how many failures in a row blame the platform before everything waits.
	pauseAfter = 3
	// mostEqual is how many equal failures of the platform kill an entry that is no money.
	mostEqual = 8
	// patience is how long a platform that was away is not tried by somebody who waits for the answer.
	patience = 10 * time.Second
	// signInWait is how long nobody signs in again after that failed.
	signInWait = 15 * time.Minute
)

// backoff is the wait after the nth failure: anything up to a bound that doubles, so that machines that lost the platform together
// do not come back together.
func (c *Courier) backoff(n int, most time.Duration) time.Duration {
	bound := most
	if n = max(n, 1); n < 16 {
		bound = min(most, firstWait<<(n-1))
	}
	return max(leastWait, time.Duration(c.random()*float64(bound)))
}

// most bounds the waits after a failure.
func (j Judgement) most() time.Duration {
	if j.Away {
		return mostAway
	}
	return mostWait
}

// asked is the wait that the platform asked for, never less and up to a fifth more.
func (c *Courier) asked(after time.Duration) time.Duration {
	after = min(after, mostWait)
	return after + time.Duration(c.random()*float64(after)/5)
}
