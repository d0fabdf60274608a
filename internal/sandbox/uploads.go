package sandbox

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// uploadPath has a body limit of its own.
const uploadPath = "api/v2/upload"

func uploadRoutes(public, bearer guard) []route {
	return []route{
		on("POST", uploadPath, bearer, upload),
		on("GET", "storage/detection-images/{}", public, storedImage),
	}
}

func upload(c *call) (reply, error) {
	errs, err := c.validate(nil,
		must("image", required(), isImage(), ofType("jpeg", "png", "jpg", "gif"), atMost(10240)),
		must("rvm_id", required(), existingRVM()),
		must("metadata", nullable, isArray()))
	if err != nil || errs != nil {
		return invalid(errs), err
	}
	image := c.input["image"].(*picture)
	media := pictureType(image)
	extension := strings.Replace(strings.TrimPrefix(media, "image/"), "jpeg", "jpg", 1)
	filename := fmt.Sprintf("detection_%d_%d.%s", c.input.integer("rvm_id", 0), c.now.Unix(), extension)
	if err := c.storeImage(filename, media, image.data); err != nil {
		return reply{}, err
	}
	path := "detection-images/" + filename
	return ok("Image uploaded successfully", map[string]any{
		"filename": filename, "path": path, "url": c.appURL() + "/storage/" + path, "size": len(image.data),
		"mime_type": media, "rvm_id": c.input["rvm_id"],
	}), nil
}

// storeImage overwrites a picture of the same machine and second, because its name is the same; that is how pictures
// get lost on the platform, and the ledger counts it.
func (c *call) storeImage(filename, media string, data []byte) error {
	metadata, err := phpJSON(c.input["metadata"], false)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	_, err = c.tx.Exec(`INSERT INTO uploads (filename, rvm_id, mime_type, size, sha256, metadata, created_at, image)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (filename) DO UPDATE SET mime_type = excluded.mime_type,
		size = excluded.size, sha256 = excluded.sha256, metadata = excluded.metadata, image = excluded.image,
		overwritten = overwritten + 1`,
		filename, c.input.integer("rvm_id", 0), media, len(data), hex.EncodeToString(sum[:]), string(metadata),
		c.now.Unix(), data)
	return err
}

func (c *call) appURL() string {
	if c.s.appURL != "" {
		return strings.TrimRight(c.s.appURL, "/")
	}
	return c.root()
}

func storedImage(c *call) (reply, error) {
	p := reply{status: http.StatusOK}
	err := c.tx.QueryRow("SELECT mime_type, image FROM uploads WHERE filename = ?", c.params[0]).Scan(&p.media, &p.bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return c.framework(http.StatusNotFound, "Not Found"), nil
	}
	return p, err
}
