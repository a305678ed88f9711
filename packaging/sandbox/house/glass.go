package house

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // documents may be laid on as either
	_ "image/png"
	"os"
	"path/filepath"
)

// Glass is the scanner's glass: SANE's "pnm" device reads the picture that lies on it.
type Glass struct{ dir string }

// OpenGlass makes the virtual scanner's configuration in dir.
func OpenGlass(dir string) (*Glass, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "dll.conf"), []byte("pnm\n"), 0o600); err != nil {
		return nil, err
	}
	return &Glass{dir: dir}, nil
}

// File is the picture on the glass, for the scanner's --filename option.
func (g *Glass) File() string { return filepath.Join(g.dir, "glass.pnm") }

// Env is what the scanning program needs to find this scanner only.
func (g *Glass) Env() string { return "SANE_CONFIG_DIR=" + g.dir }

// Lay puts a document (JPEG or PNG) onto the glass.
func (g *Glass) Lay(document []byte) error {
	picture, _, err := image.Decode(bytes.NewReader(document))
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	b := picture.Bounds()
	out := bytes.NewBuffer(make([]byte, 0, b.Dx()*b.Dy()*3+32))
	fmt.Fprintf(out, "P6\n%d %d\n255\n", b.Dx(), b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, gr, bl, _ := picture.At(x, y).RGBA()
			out.Write([]byte{byte(r >> 8), byte(gr >> 8), byte(bl >> 8)})
		}
	}
	return writeWhole(g.File(), out.Bytes())
}

// Clear takes the document away: the next scan finds nothing.
func (g *Glass) Clear() error {
	err := os.Remove(g.File())
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// writeWhole replaces a file in one step, so that a reader never sees half of it.
func writeWhole(path string, b []byte) error {
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
