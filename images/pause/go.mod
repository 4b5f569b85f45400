// The program itself is in the repository's pause/, tested there.
module podlab/pause

go 1.26.0

require golang.org/x/sys v0.47.0
