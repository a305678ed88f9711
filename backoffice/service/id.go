package service

import (
	"encoding/hex"
	"fmt"
	"io"
	"math/big"

	"github.com/google/uuid"
)

// newID makes a UUIDv7.
func (s *Service) newID() (string, error) {
	id, err := uuid.NewV7FromReader(s.rand)
	if err != nil {
		return "", fmt.Errorf("id: %w", err)
	}
	return id.String(), nil
}

// bytes returns n random bytes.
func (s *Service) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.rand, b); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	return b, nil
}

// newSerial makes a serial number of 16 random bytes, positive and of full length, lower-case hex.
func (s *Service) newSerial() (string, error) {
	b, err := s.bytes(16)
	if err != nil {
		return "", err
	}
	b[0] = b[0]&0x7F | 0x40
	return hex.EncodeToString(b), nil
}

// serialNumber reads what newSerial made.
func serialNumber(text string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		return nil, fmt.Errorf("serial number %q is no hex number", text)
	}
	return n, nil
}
