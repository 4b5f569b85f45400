package kube

import (
	"cmp"
	"io"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// outputLimit bounds the bytes of a log or of a command's output that podlab keeps. It
// is enough for every lab and protects against commands that never stop writing.
const outputLimit = 1 << 20

// head keeps the first outputLimit bytes that it receives.
type head struct{ data []byte }

func (h *head) Write(p []byte) (int, error) {
	h.data = append(h.data, p[:min(len(p), outputLimit-len(h.data))]...)
	return len(p), nil
}

// readTail returns the last limit bytes of r.
func readTail(r io.Reader, limit int) ([]byte, error) {
	var tail []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := r.Read(chunk)
		tail = append(tail, chunk[:n]...)
		if len(tail) > 2*limit || err != nil {
			tail = slices.Delete(tail, 0, max(0, len(tail)-limit))
		}
		if err == io.EOF {
			return tail, nil
		}
		if err != nil {
			return tail, err
		}
	}
}

// sortEvents sorts events by the time they last happened, and events of the same time
// by resource version.
func sortEvents(events []*corev1.Event) {
	slices.SortFunc(events, func(a, b *corev1.Event) int {
		return cmp.Or(EventTime(a).Compare(EventTime(b)), cmp.Compare(a.ResourceVersion, b.ResourceVersion))
	})
}
