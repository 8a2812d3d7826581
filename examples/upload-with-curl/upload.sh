#!/bin/sh
# A signed upload with nothing but curl and sha1sum.
#
#   CLOUDINARY_URL='cloudinary://KEY:SECRET@demo?upload_prefix=http://127.0.0.1:4080' sh upload.sh photo.jpg my/public/id
set -eu
file=${1:?usage: sh upload.sh FILE PUBLIC_ID}
public_id=${2:?usage: sh upload.sh FILE PUBLIC_ID}

rest=${CLOUDINARY_URL#cloudinary://}
api_key=${rest%%:*}
rest=${rest#*:}
api_secret=${rest%%@*}
rest=${rest#*@}
cloud_name=${rest%%\?*}
upload_prefix=${rest#*upload_prefix=}

timestamp=$(date +%s)
# Every parameter but file, api_key, cloud_name and resource_type; sorted by name; the secret appended.
signature=$(printf 'public_id=%s&timestamp=%s%s' "$public_id" "$timestamp" "$api_secret" | sha1sum | cut -d ' ' -f 1)

curl -sS "$upload_prefix/v1_1/$cloud_name/image/upload" \
  -F "public_id=$public_id" \
  -F "timestamp=$timestamp" \
  -F "api_key=$api_key" \
  -F "signature=$signature" \
  -F "file=@$file"
