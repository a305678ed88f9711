package api

// Decode reads a JSON answer.
var Decode = decode
