// Package image obtains the images that a cluster needs: the node image and
// those of the study's pods, pulled from a registry or built from packages.
//
// What is built is a graph of [step]s, each of which makes one entry of the
// cache under a name that is the hash of all that goes into it. An entry that
// is there is never made again, and what an entry was made from is not needed
// any more once it is there.
package image
