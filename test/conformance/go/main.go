// What Signet promises to users of the official Go SDK, called with it; a JSON line for each check.
//
// CLOUDINARY_URL names the server, HOST its host and port; FILES is a folder with photo.jpg and large.bin.
package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/cloudinary/cloudinary-go/v2"
	"github.com/cloudinary/cloudinary-go/v2/api"
	"github.com/cloudinary/cloudinary-go/v2/api/admin"
	"github.com/cloudinary/cloudinary-go/v2/api/admin/search"
	"github.com/cloudinary/cloudinary-go/v2/api/uploader"
)

var (
	ctx   = context.Background()
	cld   *cloudinary.Cloudinary
	photo = filepath.Join(os.Getenv("FILES"), "photo.jpg")
	large = filepath.Join(os.Getenv("FILES"), "large.bin")
)

func expect(fact bool, what string, got any) {
	if !fact {
		panic(fmt.Sprintf("%s: %+v", what, got))
	}
}

func must[T any](value T, err error) T {
	expect(err == nil, "no error", err)
	return value
}

func md5Of(path string) string {
	sum := md5.Sum(must(os.ReadFile(path)))
	return hex.EncodeToString(sum[:])
}

func get(url string) (string, []byte) {
	answer := must(http.Get(url))
	defer answer.Body.Close()
	expect(answer.StatusCode == 200, "status 200", answer.Status+" "+url)
	return answer.Header.Get("Content-Type"), must(io.ReadAll(answer.Body))
}

func upload(file any, params uploader.UploadParams) *uploader.UploadResult {
	result := must(cld.Upload.Upload(ctx, file, params))
	expect(result.Error.Message == "", "an upload", result.Error.Message)
	return result
}

func signedUpload() {
	asset := upload(photo, uploader.UploadParams{PublicID: "go/one", Tags: api.CldAPIArray{"a", "b"}, Context: api.CldAPIMap{"alt": "x"}})
	expect(asset.Etag == md5Of(photo), "the file's digest", asset.Etag)
	expect(len(asset.Tags) == 2, "two tags", asset.Tags)
	kind, _ := get(asset.URL)
	expect(kind == "image/jpeg", "a JPEG", kind)
}

func signedWithSha256() {
	cld.Upload.Config.Cloud.SignatureAlgorithm = "sha256"
	defer func() { cld.Upload.Config.Cloud.SignatureAlgorithm = "sha1" }()
	asset := upload(photo, uploader.UploadParams{PublicID: "go/two"})
	expect(asset.PublicID == "go/two", "the public ID", asset.PublicID)
}

func uploadInChunks() {
	cld.Upload.Config.API.ChunkSize = 5_300_000
	asset := upload(large, uploader.UploadParams{PublicID: "go/large.bin", ResourceType: "raw"})
	expect(asset.Etag == md5Of(large), "the file's digest", asset.Etag)
}

func uploadFromAReader() {
	asset := upload(bytes.NewReader(must(os.ReadFile(photo))), uploader.UploadParams{PublicID: "go/reader"})
	expect(asset.Etag == md5Of(photo), "the file's digest", asset.Etag)
}

func eagerAndExplicit() {
	asset := upload(photo, uploader.UploadParams{PublicID: "go/eager", Eager: "c_scale,w_20|c_fill,h_10,w_10/png"})
	expect(len(asset.Eager) == 2 && asset.Eager[0].Width == 20 && asset.Eager[1].Format == "png", "two results", len(asset.Eager))
	again := must(cld.Upload.Explicit(ctx, uploader.ExplicitParams{PublicID: "go/eager", Type: "upload", Eager: "c_scale,w_30"}))
	expect(again.Error.Message == "" && len(again.Eager) == 1, "one result", again.Error.Message)
	kind, _ := get(again.Eager[0].URL)
	expect(kind == "image/jpeg", "a JPEG", kind)
}

func unsignedUpload() {
	preset := must(cld.Admin.CreateUploadPreset(ctx, admin.CreateUploadPresetParams{
		Name: "go-guests", Unsigned: api.Bool(true), UploadParams: uploader.UploadParams{Tags: api.CldAPIArray{"guest"}},
	}))
	expect(preset.Error.Message == "", "a preset", preset.Error.Message)
	asset := must(cld.Upload.UnsignedUpload(ctx, photo, "go-guests", uploader.UploadParams{}))
	expect(len(asset.Tags) == 1 && asset.Tags[0] == "guest", "the preset's tag", asset.Error.Message)
}

func errorsHaveTheirTexts() {
	none := must(cld.Admin.Asset(ctx, admin.AssetParams{PublicID: "go/none"}))
	expect(none.Error.Message == "Resource not found - go/none", "not found", none.Error.Message)
	bad := must(cld.Upload.Upload(ctx, photo, uploader.UploadParams{AllowedFormats: api.CldAPIArray{"png"}}))
	expect(bad.Error.Message == "Image file format jpg not allowed", "a refusal", bad.Error.Message)
}

func listAndSearch() {
	listed := must(cld.Admin.Assets(ctx, admin.AssetsParams{AssetType: "image", DeliveryType: "upload", Prefix: "go/", MaxResults: 2}))
	expect(len(listed.Assets) == 2 && listed.NextCursor != "", "two of a page", len(listed.Assets))
	found := must(cld.Admin.Search(ctx, search.Query{Expression: "public_id:go/* AND tags=a", MaxResults: 5}))
	expect(found.TotalCount == 1 && found.Assets[0].PublicID == "go/one", "one hit", found.TotalCount)
	expect(must(cld.Admin.Ping(ctx)).Status == "ok", "a ping", nil)
	expect(must(cld.Admin.Usage(ctx, admin.UsageParams{})).Plan != "", "a plan", nil)
}

func renameTagDestroy() {
	renamed := must(cld.Upload.Rename(ctx, uploader.RenameParams{FromPublicID: "go/two", ToPublicID: "go/three"}))
	expect(renamed.PublicID == "go/three", "the new name", renamed.PublicID)
	tagged := must(cld.Upload.AddTag(ctx, uploader.AddTagParams{Tag: "t", PublicIDs: []string{"go/three", "go/none"}}))
	expect(len(tagged.PublicIDs) == 1, "one tagged", tagged.PublicIDs)
	for _, result := range []string{"ok", "not found"} {
		got := must(cld.Upload.Destroy(ctx, uploader.DestroyParams{PublicID: "go/three"}))
		expect(got.Result == result, result, got.Result)
	}
	deleted := must(cld.Admin.DeleteAssets(ctx, admin.DeleteAssetsParams{PublicIDs: []string{"go/eager", "go/none"}}))
	expect(deleted.Deleted["go/eager"] == "deleted" && deleted.Deleted["go/none"] == "not_found", "one deleted", deleted.Deleted)
}

func archive() {
	zip := must(cld.Upload.CreateZip(ctx, uploader.CreateArchiveParams{Tags: api.CldAPIArray{"a"}}))
	expect(zip.FileCount == 1, "one file", zip.FileCount)
}

func urls() {
	image := must(cld.Image("go/one"))
	image.Config.URL.Secure = false
	image.Config.URL.CName = os.Getenv("HOST")
	image.Transformation = "c_fill,h_50,w_50/f_webp"
	for _, sign := range []bool{false, true} {
		image.Config.URL.SignURL = sign
		kind, _ := get(must(image.String()))
		expect(kind == "image/webp", "WebP", kind)
	}
}

func run(name string, check func()) {
	result := map[string]string{"check": name}
	defer func() {
		if failure := recover(); failure != nil {
			result["error"] = fmt.Sprint(failure)
		}
		line, _ := json.Marshal(result)
		fmt.Println(string(line))
	}()
	check()
}

func main() {
	cld = must(cloudinary.New())
	line, _ := json.Marshal(map[string]string{"version": api.Version})
	fmt.Println(string(line))
	run("signed upload", signedUpload)
	run("signed with SHA-256", signedWithSha256)
	run("upload in chunks", uploadInChunks)
	run("upload from a reader", uploadFromAReader)
	run("eager and explicit", eagerAndExplicit)
	run("unsigned upload", unsignedUpload)
	run("errors have their texts", errorsHaveTheirTexts)
	run("list and search", listAndSearch)
	run("rename, tag, destroy", renameTagDestroy)
	run("archive", archive)
	run("URLs", urls)
}
