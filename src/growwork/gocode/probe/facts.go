package probe

// embeddedFacts is sites.json of the module, gzip and base64. A build by growwork replaces this
// file where the binary is to be kept.
const embeddedFacts = ""
