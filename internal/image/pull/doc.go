// Package pull makes the engine pull images that are pinned by digest, shows
// progress, and says why a pull failed.
//
// The engine pulls, not podlab with go-containerregistry's remote package:
// only the engine's own pull uses the mirrors, proxies and certificates of the
// engine's host, and keeps the digests by which kind finds its node image.
package pull
