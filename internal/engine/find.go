package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Find returns the first usable engine. With Options.Start it starts one where
// there is none; else the error is a *[NoneError].
func Find(ctx context.Context, o Options) (*Engine, error) {
	f := newFinder(o)
	e, tried, err := f.existing(ctx)
	if e != nil || err != nil {
		return e, err
	}
	if !f.start {
		return nil, &NoneError{Tried: tried, Advice: f.advice()}
	}
	return f.obtain(ctx, tried)
}

// Up is Find that may start an engine.
func Up(ctx context.Context, o Options) (*Engine, error) {
	o.Start = true
	return Find(ctx, o)
}

// existing looks at the candidates one after another, and also says what is
// wrong with those that are of no use.
func (f *finder) existing(ctx context.Context) (*Engine, []Attempt, error) {
	var tried []Attempt
	for _, c := range f.candidates() {
		e, why := c.look(ctx)
		if why == nil {
			var err error
			if why, err = f.prove(ctx, e); err != nil {
				return nil, tried, err
			}
		}
		if why == nil {
			return e, tried, nil
		}
		if ctx.Err() != nil {
			return nil, tried, fmt.Errorf("look at %s: %w", c.name, context.Cause(ctx))
		}
		tried = append(tried, Attempt{Name: c.name, Err: why})
	}
	return nil, tried, nil
}

// An Attempt is an engine that is of no use.
type Attempt struct {
	Name string
	Err  error
}

// NoneError says that there is no usable engine.
type NoneError struct {
	// Tried is what was looked at, in order.
	Tried []Attempt
	// Advice is one sentence on what to do about it.
	Advice string
}

func (e *NoneError) Error() string {
	return fmt.Sprintf("no container engine is usable (%s): %s", e.Reasons(), e.Advice)
}

// Reasons says in one line what is wrong with each engine.
func (e *NoneError) Reasons() string {
	var missing, reasons []string
	for _, a := range e.Tried {
		if errors.Is(a.Err, errNotInstalled) {
			missing = append(missing, a.Name)
		} else {
			reasons = append(reasons, fmt.Sprintf("%s: %v", a.Name, a.Err))
		}
	}
	if len(missing) > 0 {
		reasons = append(reasons, "not installed: "+strings.Join(missing, ", "))
	}
	return strings.Join(reasons, "; ")
}
