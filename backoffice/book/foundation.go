package book

// Foundation is which CA and which master keys a register was founded with.
type Foundation struct {
	ID       string
	CASHA256 []byte         // of the CA's certificate, nil while founding is under way
	AuditKey []byte         // public key of the trail, nil likewise
	Masters  map[int][]byte // fingerprint by version
}
