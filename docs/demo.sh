#!/usr/bin/env bash
# A machine's first day, played against the sandbox platform: every line behind a $ is what an operator would type.
# Run it with: make demo
set -euo pipefail
cd "$(dirname "$0")/.."

day=bin/demo
rm -rf "$day"
mkdir -p "$day"
# An operator's own settings must not change what is shown; a library of one's own may.
library=${RVMCTL_ONNXRUNTIME:-}
unset "${!RVMCTL_@}" CREDENTIALS_DIRECTORY
[ -z "$library" ] || export RVMCTL_ONNXRUNTIME=$library
export RVMCTL_CACHE_DIR=$PWD/$day/cache
export RVMCTL_STATE_DIR=$PWD/$day/state
export RVMCTL_CONFIG_DIR=$PWD/$day/config RVMCTL_SYSTEM_DIR=$PWD/$day/none
export PATH=$PWD/bin:$PATH

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
type_() {
  printf '$ %s\n' "$*"
  "$@"
}

# serve starts the sandbox on an address, with its data in a file, and waits until it answers, which is when it writes its line.
serve() {
  : >"$day/sandbox.json"
  rvmctl sandbox serve --listen "$1" --db "$day/platform.db" --json >"$day/sandbox.json" 2>"$day/sandbox.log" &
  sandbox=$!
  for _ in $(seq 100); do
    [ -s "$day/sandbox.json" ] && return
    kill -0 "$sandbox" 2>/dev/null || break
    sleep 0.1
  done
  cat "$day/sandbox.log" >&2
  exit 1
}
stop() {
  kill "$sandbox" 2>/dev/null || true
  wait "$sandbox" 2>/dev/null || true
}
trap stop EXIT
serve 127.0.0.1:0
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$day/sandbox.json"; }
url=$(field url)
field password >"$day/password.txt"

say "0. A platform to play with"
printf '$ rvmctl sandbox serve --listen 127.0.0.1:0 &\n%s\n' "sandbox platform at $url"

say "1. Sign in"
printf '$ rvmctl login --url %s --email admin@myrvm.com --password-stdin < password.txt\n' "$url"
rvmctl login --url "$url" --email admin@myrvm.com --password-stdin <"$day/password.txt"
type_ rvmctl whoami

say "2. Register this machine's inference service; a second time changes nothing"
type_ rvmctl engine register --name line-1 --address 172.28.93.97 --port 5000 --gpu-memory 8
type_ rvmctl engine register --name line-1 --address 172.28.93.97 --port 5000 --gpu-memory 8
type_ rvmctl engine assign 1 --rvm 1

say "3. Look at the sample photos"
type_ rvmctl detect run docs/samples --save "$day/annotated"

say "4. Upload a picture"
type_ rvmctl upload docs/samples/can-1.jpg --rvm 1 --meta camera=front

say "5. The whole chain: picture, detection, one deposit for each item"
type_ rvmctl detect run docs/samples/bottle-1.jpg docs/samples/two-cans.jpg --upload --deposit --rvm 1 --session demo-session

say "6. A deposit by hand, what it should pay, and paying it"
type_ rvmctl deposit estimate --waste-type plastic --weight 0.5 --quantity 3
type_ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.5 --quantity 3 --session demo-session
type_ rvmctl deposit process 4 --status completed
type_ rvmctl balance show --deposit 4

say "7. A person comes to the machine: the token that the code on the screen carries"
type_ rvmctl session create --rvm 1

say "8. Push the machine's status, take another out of service and back"
type_ rvmctl status push --rvm 1 --status active
type_ rvmctl maintenance start --rvm 2 --reason "new belt"
type_ rvmctl maintenance end --rvm 2

say "9. An answer is lost on the way: the deposit is found on the platform, and not sent a second time"
type_ rvmctl sandbox fault deposits=drop-responsex1
type_ rvmctl deposit create --rvm 1 --waste-type metal --weight 0.015

say "10. The platform goes away: what is to reach it waits, and goes out once and in order when it is back"
stop
type_ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.1
type_ rvmctl deposit create --rvm 1 --waste-type plastic --weight 0.2
type_ rvmctl upload docs/samples/can-2.jpg --rvm 1
type_ rvmctl outbox list
serve "${url#http://}"
type_ rvmctl outbox flush --now

say "11. A camera: each item is paid once, however many frames show it"
# film makes a video of 60 frames: a bottle for two seconds, nothing, then a can.
film() {
  local still='scale=416:416,setsar=1,fps=10,format=yuvj420p'
  ffmpeg -nostdin -loglevel error -y -loop 1 -t 2 -i docs/samples/bottle-2.jpg -f lavfi -t 2 -i color=gray:size=416x416 \
    -loop 1 -t 2 -i docs/samples/can-2.jpg -filter_complex "[0]$still[a];[1]$still[b];[2]$still[c];[a][b][c]concat=n=3" \
    -c:v mjpeg -q:v 2 "$day/camera.avi"
}
deposits() { rvmctl deposit list --jq .total; }
if ! command -v ffmpeg >/dev/null; then
  echo "left out: ffmpeg, which makes the video, is not installed"
elif ! command -v rvmctl-camera >/dev/null; then
  echo "left out: rvmctl-camera, which reads video, is not built: make build"
else
  film
  before=$(deposits)
  type_ rvmctl detect watch "$day/camera.avi" --deposit --rvm 1 --session demo-session
  paid=$(($(deposits) - before))
  [ "$paid" -eq 2 ] || { printf 'demo: %s deposits for one bottle and one can\n' "$paid" >&2; exit 1; }
  echo "60 frames, two items, two deposits"
fi
type_ rvmctl detect run docs/samples --report "$day/seen.html"

say "What the platform holds now"
type_ rvmctl rvm list
type_ rvmctl engine list
type_ rvmctl deposit list
type_ rvmctl status show --rvm 1

say "Annotated pictures, and a page of what was seen"
ls -1 "$PWD/$day/annotated"/*.jpg "$PWD/$day/seen.html"
