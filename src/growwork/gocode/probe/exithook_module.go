package probe

// onExit stands in for the runtime's exit hooks where this package is built as an ordinary
// module, which may not import them. The files in _goroot replace this one in an overlay.
var onExit = func(func()) {}
