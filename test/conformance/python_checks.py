"""What Signet promises to users of the official Python SDK, called with it; a JSON line for each check.

CLOUDINARY_URL names the server, HOST its host and port; FILES is a folder with photo.jpg and large.bin; WEBHOOK is an
address whose requests are kept in the file WEBHOOKS, one JSON line each.
"""
import hashlib
import json
import os
import time
import traceback
import urllib.request

import cloudinary
from cloudinary import api, exceptions, search, uploader, utils

FILES = os.environ["FILES"]
PHOTO = os.path.join(FILES, "photo.jpg")
LARGE = os.path.join(FILES, "large.bin")


def md5(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest()


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers.get("content-type"), answer.read()


def fails(kind, text, call, *args, **options):
    try:
        call(*args, **options)
    except kind as error:
        assert text in str(error), str(error)
        return
    raise AssertionError("expected " + kind.__name__)


def signed_upload():
    asset = uploader.upload(PHOTO, public_id="py/one", tags=["a", "b"], context={"alt": "x|y=z"})
    assert asset["etag"] == md5(PHOTO)
    assert utils.verify_api_response_signature(asset["public_id"], asset["version"], asset["signature"])
    assert asset["context"]["custom"]["alt"] == "x|y=z"
    assert asset["tags"] == ["a", "b"]
    assert get(asset["url"])[0] == "image/jpeg"


def unsigned_upload():
    preset = api.create_upload_preset(unsigned=True, folder="py/guests", tags=["guest"])["name"]
    asset = uploader.unsigned_upload(PHOTO, preset)
    assert asset["tags"] == ["guest"], asset
    fails(exceptions.BadRequest, "not allowed when using unsigned", uploader.unsigned_upload, PHOTO, preset, eager="w_1")
    api.delete_upload_preset(preset)


def upload_large():
    asset = uploader.upload_large(LARGE, resource_type="raw", public_id="py/large.bin", chunk_size=5243000)
    assert (asset["bytes"], asset["etag"]) == (os.path.getsize(LARGE), md5(LARGE))
    assert asset["done"] is True
    assert asset["public_id"] == "py/large.bin"


def errors_have_their_classes():
    fails(exceptions.BadRequest, "Invalid image file", uploader.upload, "data:image/png;base64,aGVsbG8=")
    fails(exceptions.NotFound, "Resource not found", uploader.explicit, "py/none", type="upload")
    fails(exceptions.AuthorizationRequired, "Invalid Signature", uploader.upload, PHOTO, api_secret="wrong")


def eager_and_explicit():
    eager = [{"width": 20, "crop": "scale"}, {"width": 10, "height": 10, "crop": "fill", "format": "png"}]
    asset = uploader.upload(PHOTO, public_id="py/eager", eager=eager)
    assert [(one["width"], one["format"]) for one in asset["eager"]] == [(20, "jpg"), (10, "png")]
    again = uploader.explicit("py/eager", type="upload", eager=[{"width": 30, "crop": "scale"}])
    assert get(again["eager"][0]["url"])[0] == "image/jpeg"


def rename_tags_context_destroy():
    uploader.upload(PHOTO, public_id="py/from")
    assert uploader.rename("py/from", "py/to")["public_id"] == "py/to"
    assert uploader.add_tag("t", ["py/to", "py/none"])["public_ids"] == ["py/to"]
    assert uploader.add_context({"k": "v"}, ["py/to"])["public_ids"] == ["py/to"]
    assert api.resource("py/to")["context"]["custom"] == {"k": "v"}
    assert uploader.remove_all_tags(["py/to"])["public_ids"] == ["py/to"]
    assert uploader.destroy("py/to")["result"] == "ok"
    assert uploader.destroy("py/to")["result"] == "not found"


def archives():
    uploader.upload(PHOTO, public_id="py/zip1", tags=["zip"])
    uploader.upload(PHOTO, public_id="py/zip2", tags=["zip"])
    assert uploader.create_zip(tags=["zip"])["file_count"] == 2
    kind, data = get(utils.download_zip_url(tags=["zip"]))
    assert (kind, data[:2]) == ("application/zip", b"PK")


def private_download():
    uploader.upload(PHOTO, public_id="py/private", type="private")
    assert get(utils.private_download_url("py/private", "jpg", type="private"))[0] == "image/jpeg"


def text_sprite_multi():
    text = uploader.text("hello world")
    assert 50 <= text["width"] <= 70 and 5 <= text["height"] <= 15
    assert len(uploader.generate_sprite(tag="zip")["image_infos"]) == 2
    assert get(uploader.multi(tag="zip", format="mp4")["url"])[0] == "video/mp4"


def admin():
    assert api.ping()["status"] == "ok"
    assert api.usage()["plan"]
    listed = api.resources(type="upload", prefix="py/", max_results=2)
    assert len(listed["resources"]) == 2 and listed["next_cursor"]
    assert api.update("py/one", moderation_status="approved", tags=["c"])["tags"] == ["c"]
    fails(exceptions.NotFound, "", api.resource, "py/none")
    deleted = api.delete_resources(["py/zip1", "py/none"])["deleted"]
    assert deleted == {"py/zip1": "deleted", "py/none": "not_found"}, deleted


def searching():
    found = search.Search().expression("public_id:py/* AND resource_type:image").sort_by("public_id", "asc")
    result = found.max_results(3).with_field("tags").execute()
    assert result["total_count"] >= 3 and len(result["resources"]) == 3


def urls():
    for options in [
        {"width": 40, "crop": "fill", "height": 40},
        {"transformation": [{"effect": "sepia"}, {"width": 10, "crop": "scale"}], "format": "webp"},
        {"sign_url": True, "effect": "grayscale"},
        {"sign_url": True, "long_url_signature": True, "effect": "negate"},
    ]:
        kind, _ = get(utils.cloudinary_url("py/one", **options)[0])
        assert kind.startswith("image/"), kind


def webhook_signatures():
    uploader.upload(PHOTO, public_id="py/hook", notification_url=os.environ["WEBHOOK"])
    for _ in range(100):
        with open(os.environ["WEBHOOKS"], encoding="utf8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        if lines:
            body, timestamp, signature = lines[0]["body"], int(lines[0]["timestamp"]), lines[0]["signature"]
            assert json.loads(body)["public_id"] == "py/hook"
            assert utils.verify_notification_signature(body, timestamp, signature)
            assert not utils.verify_notification_signature(body + " ", timestamp, signature)
            return
        time.sleep(0.05)
    raise AssertionError("expected a webhook within five seconds")


CHECKS = [
    signed_upload,
    unsigned_upload,
    upload_large,
    errors_have_their_classes,
    eager_and_explicit,
    rename_tags_context_destroy,
    archives,
    private_download,
    text_sprite_multi,
    admin,
    searching,
    urls,
    webhook_signatures,
]

if __name__ == "__main__":
    # The configuration reads "secure=false" of an address as a text, which counts as true.
    cloudinary.config(secure=False, cname=os.environ["HOST"])
    print(json.dumps({"version": cloudinary.VERSION}), flush=True)
    for check in CHECKS:
        result = {"check": check.__name__}
        try:
            check()
        except Exception as error:  # noqa: BLE001
            line = traceback.extract_tb(error.__traceback__)[-1].line
            result["error"] = "%s: %s in %s" % (type(error).__name__, error, line)
        print(json.dumps(result), flush=True)
