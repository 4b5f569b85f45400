package kube

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestHeadKeepsTheBeginning(t *testing.T) {
	var h head
	chunk := bytes.Repeat([]byte("x"), outputLimit/2+1)
	for range 3 {
		if n, err := h.Write(chunk); n != len(chunk) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	if len(h.data) != outputLimit {
		t.Errorf("kept %d bytes, want %d", len(h.data), outputLimit)
	}
}

func TestReadTailKeepsTheEnd(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""}, {"abc", "abc"}, {"abcd", "abcd"}, {"abcdefghijklmno", "lmno"},
	} {
		for name, r := range map[string]io.Reader{"in one read": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
			if got, err := readTail(r, 4); err != nil || string(got) != c.want {
				t.Errorf("%s: %q gave %q, %v; want %q", name, c.in, got, err, c.want)
			}
		}
	}
	if _, err := readTail(iotest.TimeoutReader(strings.NewReader("a")), 4); err == nil {
		t.Error("no error for a broken stream")
	}
}

func TestEventCountAndTime(t *testing.T) {
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	for _, c := range []struct {
		name  string
		event corev1.Event
		count int
		time  time.Time
	}{
		{"with a count", corev1.Event{Count: 3, LastTimestamp: metav1.NewTime(at(9))}, 3, at(9)},
		{"with a series", corev1.Event{
			Series:    &corev1.EventSeries{Count: 4, LastObservedTime: metav1.NewMicroTime(at(8))},
			EventTime: metav1.NewMicroTime(at(2)),
		}, 4, at(8)},
		{"with an event time only", corev1.Event{EventTime: metav1.NewMicroTime(at(5))}, 1, at(5)},
		{"with a creation time only", corev1.Event{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(at(7))}}, 1, at(7)},
	} {
		if got := EventCount(&c.event); got != c.count {
			t.Errorf("%s: count %d, want %d", c.name, got, c.count)
		}
		if got := EventTime(&c.event); !got.Equal(c.time) {
			t.Errorf("%s: time %v, want %v", c.name, got, c.time)
		}
	}
}
