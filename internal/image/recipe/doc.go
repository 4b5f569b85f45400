// Package recipe says what each image is made of, as steps of a graph that
// builds the images from Go modules and Debian packages.
package recipe
