package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
	"keyhall/printer/form"
)

// papers draws the printed papers for the workflow.
type papers struct {
	date func() time.Time // of the day that stands on them
}

var _ workflow.Forms = papers{}

const (
	previewDPI     = 110
	previewTimeout = 20 * time.Second
)

// Paper implements workflow.Forms.
func (papers) Paper(ctx context.Context, paper form.Paper, o ra.Order, p ra.Project, m ra.Membership) (pdf, preview []byte, err error) {
	pdf, err = form.Draw(paper, p, o, m)
	if err != nil {
		return nil, nil, err
	}
	preview, err = firstPage(ctx, pdf)
	return pdf, preview, err
}

// Sample implements workflow.Forms.
func (papers) Sample(_ context.Context, k ra.Kind, m ra.MaterialKind) ([]byte, error) {
	return form.Sample(k, m)
}

// Slip implements workflow.Forms.
func (f papers) Slip(_ context.Context, o ra.Order, p ra.Project, keys []form.Key) ([]byte, error) {
	return form.Slip(p, o, keys, f.date())
}

// Transfer implements workflow.Forms.
func (f papers) Transfer(_ context.Context, o ra.Order, p ra.Project) ([]byte, error) {
	return form.Transfer(p, o, f.date())
}

// firstPage draws a PDF's first page as PNG, through pipes only: the paper is full of personal data.
func firstPage(ctx context.Context, pdf []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, previewTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "pdftoppm", "-png", "-f", "1", "-l", "1", "-r", fmt.Sprint(previewDPI), "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("preview of the form: %w", err)
	}
	return out, nil
}
