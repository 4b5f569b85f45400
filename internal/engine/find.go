package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Find returns the first usable engine. If none is usable, it starts one if
// Options.Start allows it. Otherwise the error is a *[NoneError].
func Find(ctx context.Context, o Options) (*Engine, error) {
	f := newFinder(o)
	e, tried, err := f.findExisting(ctx)
	if e != nil || err != nil {
		return e, err
	}
	if !f.start {
		return nil, &NoneError{Tried: tried, Advice: f.advice()}
	}
	return f.startEngine(ctx, tried)
}

// findExisting returns the first usable candidate, and the candidates that are not
// usable before it.
func (f *finder) findExisting(ctx context.Context) (*Engine, []Attempt, error) {
	var tried []Attempt
	for _, c := range f.candidates() {
		e, problem := c.detect(ctx)
		if problem == nil {
			var err error
			if problem, err = f.checkPrivileged(ctx, e); err != nil {
				return nil, tried, err
			}
		}
		if problem == nil {
			return e, tried, nil
		}
		if ctx.Err() != nil {
			return nil, tried, fmt.Errorf("try engine %s: %w", c.name, context.Cause(ctx))
		}
		tried = append(tried, Attempt{Name: c.name, Err: problem})
	}
	return nil, tried, nil
}

// An Attempt is an engine that is not usable, and the reason.
type Attempt struct {
	Name string
	Err  error
}

// NoneError says that no engine is usable.
type NoneError struct {
	// Tried are the engines that Find tried, in order.
	Tried []Attempt
	// Advice says in one sentence what the user can do.
	Advice string
}

func (e *NoneError) Error() string {
	return fmt.Sprintf("no container engine is usable (%s): %s", e.Reasons(), e.Advice)
}

// chosenAdvice says what to do if the engine that the user chose is not usable.
func chosenAdvice(chosen string) string {
	return "fix the engine that " + chosen + " names, or unset the variable to use another engine"
}

// Reasons says in one line why each engine is not usable.
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
