#!/usr/bin/env bash
# Makes assets/screenshots/*.png from the real program under a virtual display: signs in to a practice workspace in a
# folder of its own, drives the window by keyboard and mouse, and takes a picture of each page.
#
#   assets/screenshots.sh [path of the studydrop binary [scripts]]      scripts: only the pictures of names
#
# Needs xvfb, xdotool, imagemagick and a software OpenGL (Debian: libgl1-mesa-dri).
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:-${CARGO_TARGET_DIR:-target}/debug/studydrop}
[ -x "$binary" ] || { echo "$binary is not there: cargo build, or name the binary" >&2; exit 1; }
for tool in Xvfb xdotool import; do
  command -v "$tool" >/dev/null || { echo "$tool is missing (apt install xvfb xdotool imagemagick)" >&2; exit 1; }
done
out=assets/screenshots
mkdir -p "$out"
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

# A picture of the display once nothing moves any more: two in a row that are equal, but not the one named $2.
steady() {
  local to=$1 before=${2:-} last="" now="" tries
  for tries in $(seq 100); do
    sleep 0.2
    import -window root "$work/now.png"
    now=$(convert "$work/now.png" rgba:- | sha256sum)
    if [ "$now" = "$last" ] && { [ -z "$before" ] || [ "$now" != "$(cat "$before")" ]; }; then
      printf %s "$now" >"$work/hash"
      convert "$work/now.png" -strip "$to"
      return 0
    fi
    last=$now
  done
  echo "the window did not come to rest for $to" >&2
  return 1
}

# Waits until the pixel at $1, $2 has this colour.
until_colour() {
  local tries seen
  for tries in $(seq 150); do
    sleep 0.2
    import -window root "$work/now.png"
    seen=$(convert "$work/now.png" -crop "1x1+$1+$2" -depth 8 rgb:- | od -An -tx1 | tr -d ' \n')
    [ "$seen" = "$3" ] && return 0
  done
  cp "$work/now.png" "${TMPDIR:-/tmp}/studydrop-screenshot.png"
  echo "no $3 at $1, $2 but $seen: see ${TMPDIR:-/tmp}/studydrop-screenshot.png" >&2
  return 1
}

key() { xdotool key --clearmodifiers "$@"; }
click() { xdotool mousemove "$1" "$2" click 1 mousemove "$((width - 2))" "$((height / 2))"; }

# Starts the program and waits until its window is there and fills the display.
open_window() {
  "$binary" --theme "$@" >"$work/log" 2>&1 &
  pids+=($!)
  local window="" tries
  for tries in $(seq 200); do
    sleep 0.1
    window=$(xdotool search --name '^StudyDrop$' 2>/dev/null | tail -n 1 || true)
    [ -n "$window" ] || continue
    xdotool windowmove "$window" 0 0 windowsize "$window" "$width" "$height" 2>/dev/null || continue
    # It takes the keyboard once it is on the screen.
    xdotool windowfocus "$window" 2>/dev/null || continue
    xdotool mousemove "$((width - 2))" "$((height / 2))"
    return 0
  done
  echo "no window: $(cat "$work/log")" >&2
  return 1
}

# A display of this size that nobody has: another server may have left its lock behind.
open_display() {
  local number=90
  while [ -e "/tmp/.X$number-lock" ] || [ -e "/tmp/.X11-unix/X$number" ]; do number=$((number + 1)); done
  Xvfb ":$number" -screen 0 "${width}x${height}x24" -nolisten tcp -noreset >/dev/null 2>&1 &
  pids+=($!)
  export DISPLAY=":$number" LIBGL_ALWAYS_SOFTWARE=1
  unset WAYLAND_DISPLAY
  for _ in $(seq 50); do xdotool getdisplaygeometry >/dev/null 2>&1 && break; sleep 0.1; done
}

# Names in every script, from pydicom's files, where they are: theme, width, height, name of the picture.
scripts() {
  local theme=$1 files=../shared/dicom/pydicom_test_files/charset_files
  width=$2 height=$3
  [ -d "$files" ] || { echo "no $files: scripts-*.png stays as it is" >&2; return 0; }
  local middle=$((76 + (width - 76) / 2)) accent=2aa9c0
  [ "$theme" = light ] && accent=0f7f96
  open_display
  export STUDYDROP_DATA="$work/scripts-$4"
  open_window "$theme" --practice
  steady "$work/empty.png"
  click "$((middle - 30))" "$((48 + (height - 48) / 2 + 101))"
  sleep 0.5
  xdotool type --delay 5 "$(realpath "$files")"
  key Return
  until_colour "$((width - 60))" "$((height - 17))" "$accent"
  # Fonts of the system come a moment later.
  sleep 2
  steady "$out/$4"
  kill "${pids[-1]}" && unset 'pids[-1]'
}

# One run: theme, width, height.
pages() {
  local theme=$1
  width=$2 height=$3
  local suffix="$theme-$width.png" middle=$((76 + (width - 76) / 2))
  local accent=2aa9c0 good=45b787 line=2b343f selected=123640
  [ "$theme" = light ] && accent=0f7f96 good=1e8a5d line=d7dee5 selected=dff2f5
  open_display

  export STUDYDROP_DATA="$work/$suffix"
  open_window "$theme"
  steady "$out/signin-$suffix"
  cp "$work/hash" "$work/before"
  kill "${pids[-1]}" && unset 'pids[-1]'

  open_window "$theme" --practice
  steady "$out/empty-$suffix" "$work/before"
  cp "$work/hash" "$work/before"

  # The sample study, put into the folder that is last in the list.
  click "$middle" "$((48 + (height - 48) / 2 + 146))"
  until_colour "$((width - 60))" "$((height - 17))" "$accent"
  click 375 "$((height - 31))"
  sleep 0.5
  click 420 "$((height - 196))"
  steady "$out/upload-$suffix"
  click "$((width - 110))" "$((height - 31))"
  until_colour 300 152 "$good"

  # Once more, into no folder.
  key ctrl+1
  steady "$work/again.png"
  click "$middle" "$((48 + (height - 48) / 2 + 146))"
  until_colour "$((width - 60))" "$((height - 17))" "$accent"
  click "$((width - 110))" "$((height - 31))"
  until_colour 300 246 "$good"
  steady "$out/transfers-$suffix"
  cp "$work/hash" "$work/before"

  key ctrl+2
  until_colour 90 202 "$line"
  key Down
  until_colour 84 186 "$selected"
  steady "$out/orders-$suffix"
  cp "$work/hash" "$work/before"

  key ctrl+3
  steady "$work/folders.png" "$work/before"
  click 99 216
  steady "$work/folders.png"
  click 160 216
  until_colour 90 216 "$selected"
  steady "$out/folders-$suffix"
  cp "$work/hash" "$work/before"

  key ctrl+5
  steady "$out/log-$suffix" "$work/before"
  kill "${pids[-1]}" && unset 'pids[-1]'
}

scripts dark 1280 800 scripts-dark-1280.png
scripts light 1280 800 scripts-light-1280.png
scripts dark 960 600 scripts-dark-960.png
scripts dark 1280 2080 scripts-all-dark-1280.png
[ "${2:-}" = scripts ] && exit 0
pages dark 1280 800
pages light 1280 800
pages dark 960 600
ls "$out"
