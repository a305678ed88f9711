package bench

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/packaging/sandbox/house"
)

// StatusAnswers asks the running back office by OCSP for certificates that it does not know, so many times with each number of clients: each
// answer is looked up and signed anew. The rate stands beside what `openssl speed` signs with such a key on one core.
func StatusAnswers(ctx context.Context, h *house.House, clients []int, answers int, t *Table) error {
	request, err := statusRequest(h.CustomersCA())
	if err != nil {
		return err
	}
	base, err := opensslSigns(ctx)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/ocsp", h.Ports.PKI)
	for _, n := range clients {
		perSecond, times, err := askStatus(ctx, url, request, n, answers)
		if err != nil {
			return fmt.Errorf("%d clients: %w", n, err)
		}
		t.Rate(fmt.Sprintf("OCSP answers, clients: %d", n), perSecond, base, times,
			fmt.Sprintf("each looked up and signed, P-256; relative to %s of openssl speed", rate(base)))
	}
	t.Line()
	return nil
}

// statusRequest asks for a serial number that nobody has.
func statusRequest(caFile string) ([]byte, error) {
	b, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New(caFile + " holds no certificate")
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return ocsp.CreateRequest(&x509.Certificate{SerialNumber: new(big.Int).Lsh(big.NewInt(1), 120)}, ca, nil)
}

var signsPerSecond = regexp.MustCompile(`256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+([0-9.]+)`)

// opensslSigns is how many ECDSA P-256 signatures openssl makes in a second on one core.
func opensslSigns(ctx context.Context) (float64, error) {
	out, err := exec.CommandContext(ctx, "openssl", "speed", "-seconds", "2", "ecdsap256").Output()
	if err != nil {
		return 0, fmt.Errorf("openssl speed: %w", err)
	}
	found := signsPerSecond.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("openssl speed says %q", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// askStatus lets that many clients ask by turns until all answers are there.
func askStatus(ctx context.Context, url string, request []byte, clients, answers int) (perSecond float64, all Sample, err error) {
	var wg sync.WaitGroup
	times, errs := make([]Sample, clients), make([]error, clients)
	start := time.Now()
	for n := range clients {
		wg.Go(func() {
			web := &http.Client{Transport: &http.Transport{}}
			defer web.CloseIdleConnections()
			for range (answers + clients - 1) / clients {
				begun := time.Now()
				if errs[n] = askOnce(ctx, web, url, request); errs[n] != nil {
					return
				}
				times[n].Add(time.Since(begun))
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	for _, s := range times {
		all = append(all, s...)
	}
	return float64(len(all)) / took.Seconds(), all, errors.Join(errs...)
}

func askOnce(ctx context.Context, web *http.Client, url string, request []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(request))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/ocsp-request")
	resp, err := web.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil {
		_, err = ocsp.ParseResponse(answer, nil)
	}
	return err
}
