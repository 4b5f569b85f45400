package recipe

import (
	"archive/tar"
	"context"
	"io"
	"os/exec"
	"path"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// keepTar makes the step's result out of the tar file that a command writes,
// without the entries that match one of the patterns drop.
func keepTar(ctx context.Context, j *graph.Job, cmd *exec.Cmd, drop []string) error {
	return oci.WriteTar(j.Out, func(w *tar.Writer) error {
		return eachEntryOf(ctx, j, cmd, func(header *tar.Header, content io.Reader) error {
			if matches(drop, header.Name) {
				return nil
			}
			return oci.WriteEntry(w, header, content)
		})
	})
}

// eachEntryOf calls do with every entry of the tar file that a command writes.
func eachEntryOf(ctx context.Context, j *graph.Job, cmd *exec.Cmd, do func(header *tar.Header, content io.Reader) error) error {
	read, write := io.Pipe()
	cmd.Stdout = write
	ran := make(chan error, 1)
	go func() {
		err := j.Run(ctx, cmd)
		write.CloseWithError(err) // a failed command fails the reader too
		ran <- err
	}()
	err := oci.EachEntry(read, do)
	if err == nil {
		// The command may write padding after the last entry.
		_, err = io.Copy(io.Discard, read)
	}
	_ = read.Close() // unblocks a command that still writes
	if runErr := <-ran; runErr != nil && err == nil {
		return runErr
	}
	return err
}

// matches says whether a path or one of its parents matches a pattern.
func matches(patterns []string, name string) bool {
	for ; name != "."; name = path.Dir(name) {
		for _, pattern := range patterns {
			if ok, err := path.Match(pattern, name); ok && err == nil {
				return true
			}
		}
	}
	return false
}
