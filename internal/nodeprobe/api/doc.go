// Package api is the wire protocol between podlab and nodeprobe.
package api
