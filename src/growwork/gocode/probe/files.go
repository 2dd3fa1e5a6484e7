package probe

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"os"
	"strings"
)

// replaceFile writes a whole file so that a reader, or a kill, sees the old one or the new one.
func replaceFile(path string, data []byte) error {
	return replaceWith(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func replaceWith(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	err = write(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(path + ".tmp")
		return err
	}
	return os.Rename(path+".tmp", path)
}

// writeEmbeddedFacts unpacks the source facts that `growwork record -- go build` put into the
// binary. When growwork starts the program from source it writes them itself.
func writeEmbeddedFacts(dir string) error {
	if embeddedFacts == "" {
		return nil
	}
	path := dir + "/sites.json"
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	packed := base64.NewDecoder(base64.StdEncoding, strings.NewReader(embeddedFacts))
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	return replaceWith(path, func(w io.Writer) error {
		_, err := io.Copy(w, unpacked)
		return err
	})
}
