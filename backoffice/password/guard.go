package password

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/crypto/argon2"

	"keyhall/backoffice/ra"
)

// MaxWrong is how many wrong passwords in Pause pause a login name for as long.
const (
	MaxWrong = 5
	Pause    = 15 * time.Minute
)

// Who logs in; the same login name counts in each apart.
const (
	Customers = "customer"
	Staff     = "staff"
)

// Tries counts attempts (backoffice/store), each by itself: an attempt counts whatever becomes of the request that made it.
type Tries interface {
	TakeAttempt(ctx context.Context, audience, login string, now, since time.Time) (n int, paused *time.Time, err error)
	PauseLogin(ctx context.Context, audience, login string, until time.Time) error
	Forgets
}

// Forgets clears a count.
type Forgets interface {
	ForgetAttempts(ctx context.Context, audience, login string) error
}

// Config is what a Guard stands on; Audience and Tries are required.
type Config struct {
	Audience string // Customers or Staff
	Tries    Tries
	Now      func() time.Time // nil: time.Now
	Rand     io.Reader        // nil: crypto/rand
	Memory   uint32           // argon2id's, in KiB; 0: 19456. Tests lower it.
}

// Guard hashes the passwords of one audience and compares them, counting the tries. A hash takes much memory and time, so few are made at
// once and few people wait for one: whoever floods one audience's logins keeps neither memory nor the other audience.
type Guard struct {
	audience string
	tries    Tries
	now      func() time.Time
	rand     io.Reader
	memory   uint32
	turns    turns
	derive   func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte
}

// New makes a Guard.
func New(c Config) *Guard {
	g := &Guard{audience: c.Audience, tries: c.Tries, now: c.Now, rand: c.Rand, memory: cmp.Or(c.Memory, argonMemory), turns: newTurns(), derive: argon2.IDKey}
	if g.now == nil {
		g.now = time.Now
	}
	if g.rand == nil {
		g.rand = rand.Reader
	}
	return g
}

// Check counts the attempt, compares, and forgets the count when the password is right. Found is the error of looking the
// login name up; an unknown name costs the same time and the same count as a wrong password, but leaves no row of its own. CodeRequired
// (field "login"), CodeLoginWrong (args: left), CodeLoginPaused (args: minutes), CodeOfficeBusy: nothing was counted.
func (g *Guard) Check(ctx context.Context, login, hash, password string, found error) error {
	known := found == nil
	if !known && ra.CodeOf(found) != ra.CodeNotFound {
		return found
	}
	if login == "" {
		return ra.E(ra.CodeRequired).At("login")
	}
	end, err := g.turns.take(ctx)
	if err != nil {
		return err
	}
	defer end()
	if !known {
		login, hash = Nobody(login), g.nobodysHash()
	}
	now := g.now().UTC().Truncate(time.Microsecond)
	n, paused, err := g.tries.TakeAttempt(ctx, g.audience, login, now, now.Add(-Pause))
	if err != nil {
		return err
	}
	if paused != nil || n > MaxWrong {
		return loginPaused(now, paused)
	}
	if g.fits(hash, password) && known {
		return g.Forget(ctx, g.tries, login)
	}
	if n < MaxWrong {
		return ra.E(ra.CodeLoginWrong, "left", strconv.Itoa(MaxWrong-n))
	}
	until := now.Add(Pause)
	if err := g.tries.PauseLogin(ctx, g.audience, login, until); err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errLast, loginPaused(now, &until))
}

// errLast marks the wrong password that began a pause.
var errLast = errors.New("password: one wrong too many")

// Wrong reports whether an error of Check is about a password that was compared and is wrong; during a pause none is.
func Wrong(err error) bool {
	code := ra.CodeOf(err)
	return errors.Is(err, errLast) || code == ra.CodeLoginWrong || code == ra.CodePasswordWrong
}

// Nobody is the name under which a login name that nobody has is counted: one of so many that those who invent names never share one in
// time, and no more rows than that.
func Nobody(login string) string {
	sum := sha256.Sum256([]byte(login))
	return fmt.Sprintf("?%02x%02x", sum[0], sum[1])
}

// CheckOld checks the password that is to be changed: CodePasswordWrong (field "old", args: left), CodeLoginPaused.
func (g *Guard) CheckOld(ctx context.Context, login, hash, old string) error {
	err := g.Check(ctx, login, hash, old, nil)
	if ra.CodeOf(err) == ra.CodeLoginWrong {
		return ra.Retold(ra.CodePasswordWrong, "old", err)
	}
	return err
}

// Forget clears a login name's count, in a transaction or by itself.
func (g *Guard) Forget(ctx context.Context, in Forgets, login string) error {
	return in.ForgetAttempts(ctx, g.audience, login)
}

func loginPaused(now time.Time, until *time.Time) error {
	return ra.E(ra.CodeLoginPaused, "minutes", Minutes(now, until))
}

// Minutes is how long a pause lasts still, Pause where its end is not known.
func Minutes(now time.Time, until *time.Time) string {
	left := Pause
	if until != nil {
		left = until.Sub(now)
	}
	return strconv.Itoa(int((left + time.Minute - 1) / time.Minute))
}
