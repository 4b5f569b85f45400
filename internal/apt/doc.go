// Package apt installs Debian packages on this machine.
package apt
