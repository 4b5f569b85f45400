package progress

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A buffer is a bytes.Buffer that is safe for concurrent use.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// pass advances the clock of the synctest bubble by d.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		p := New(&out, false)

		short := p.Begin("look", 0)
		pass(300 * time.Millisecond)
		short.End(nil)
		p.Log("found %d", 2)

		long := p.Begin("compile", 95*time.Second)
		pass(3 * time.Second)
		long.Detail("%d of 9", 4)
		pass(time.Minute)
		long.End(errors.New("broken"))
		long.End(nil)
		pass(time.Hour)

		want := "✓ look 300ms\n" +
			"found 2\n" +
			"… compile (last time 1m35s)\n" +
			"… compile: 4 of 9, 1m2s\n" +
			"✗ compile 1m3s\n"
		if out.String() != want {
			t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
		}
	})
}

func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		p := New(&out, true)

		a := p.Begin("engine", 0)
		b := p.Begin("images", 40*time.Second)
		b.Detail("312 of 840 MB")
		pass(1250 * time.Millisecond)
		a.End(nil)
		p.Log("hello")
		if got, want := screen(out.String()), "✓ engine 1.3s\nhello\n⠹ images: 312 of 840 MB 1.2s (last time 40s)\n"; got != want {
			t.Errorf("while a step runs: got:\n%s\nwant:\n%s", got, want)
		}
		pass(time.Second)
		b.End(errors.New("gone"))
		if got, want := screen(out.String()), "✓ engine 1.3s\nhello\n✗ images 2.3s\n"; got != want {
			t.Errorf("at the end: got:\n%s\nwant:\n%s", got, want)
		}

		before := out.String()
		pass(time.Minute)
		if after := out.String(); after != before {
			t.Errorf("wrote %q while no step was running", after[len(before):])
		}
		p.Begin("again", 0).End(nil)
		if got, want := screen(out.String()), "✓ engine 1.3s\nhello\n✗ images 2.3s\n✓ again 0s\n"; got != want {
			t.Errorf("after a pause: got:\n%s\nwant:\n%s", got, want)
		}
	})
}

// screen returns what a terminal shows after it has received written. It knows
// the two escape sequences that live uses: cursor up, and clear below the cursor.
func screen(written string) string {
	var lines []string
	for part := range strings.SplitSeq(written, clearBelow) {
		text, up, moves := strings.Cut(part, "\r\x1b[")
		if added := strings.Split(text, "\n"); len(added) > 1 {
			lines = append(lines, added[:len(added)-1]...)
		}
		if moves {
			n := 0
			for _, digit := range strings.TrimSuffix(up, "A") {
				n = 10*n + int(digit-'0')
			}
			lines = lines[:len(lines)-n]
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestLiveLinesNeverWrap(t *testing.T) {
	var out buffer
	l := newLive(&out)
	l.width = func() int { return 12 }
	l.Begin("노드 이미지 만들기", 0).End(nil)
	if first, _, _ := strings.Cut(strings.TrimPrefix(out.String(), clearBelow), "\n"); first != "⠋ 노드 이미" {
		t.Errorf("got %q, want at most 11 columns", first)
	}
}

func TestConcurrentSteps(t *testing.T) {
	for _, live := range []bool{true, false} {
		var out buffer
		p := New(&out, live)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				s := p.Begin("one", 0)
				s.Detail("half")
				s.End(nil)
			})
		}
		wg.Wait()
		if got := strings.Count(out.String(), "✓ one "); got != 20 {
			t.Errorf("live %v: %d steps ended, want 20", live, got)
		}
	}
}
