#!/usr/bin/env bash
# The main job as a user runs it: good pictures are made, bad ones fail by themselves.
#
#     thumbnails_test.sh PROGRAM SAMPLES
set -euo pipefail
program=$1 samples=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
    echo "thumbnails_test: $1" >&2
    cat output errors >&2
    exit 1
}

run() {
    local expected=$1 code=0
    shift
    "$program" --once --store "sqlite:$folder/jobs.db" "$@" > output 2> errors || code=$?
    [ "$code" = "$expected" ] || fail "exit $code, not $expected: $*"
}

says() { grep -Eq -- "$2" "$1" || fail "$1 does not say: $2"; }

# Every sample in three sizes, no wider than asked for, and no picture enlarged.
run 0 --out all
[ "$(find all -name '*-thumb.*' | wc -l)" = "$(find "$samples" -type f | wc -l)" ] || fail "thumbs"
[ "$(find all -type f | wc -l)" = 9 ] || fail "9 files"
says output '^fjord.jpg +large +2400x1600 .* 1600x1067 .* 1$'
says output '^dunes.jpg +large +1400x2000 .* 1400x2000 '
says output '^night.png +thumb +1200x800 .* 160x107 '
if find all -name '*.part' | grep -q .; then fail "a part is left"; fi

# A cut and a false picture fail for good, at the first attempt; the good one is made.
head -c 40000 "$samples/fjord.jpg" > 'cut [1].jpg'
echo 'no picture at all' > false.jpg
cp "$samples/dunes.jpg" good.jpg
run 1 --out some 'cut [1].jpg' false.jpg good.jpg missing.jpg
[ "$(find some -type f | wc -l)" = 3 ] || fail "the three of the good one"
says output '^failed: job .* cut \[1\]\.jpg is damaged or cut short'
says output '^failed: job .* false\.jpg is not a picture that can be read'
says output '^cut \[1\]\.jpg +thumb +- +failed +- +1$'
says output '^failed: job .* missing\.jpg is not there'
says output '^good\.jpg +medium .* 640x914 '

# A small file that claims to be huge is refused before it is decoded: 30'000 x 30'000 pixels.
{
    printf '\211PNG\r\n\032\n\000\000\000\rIHDR\000\000\165\060\000\000\165\060\010\002\000\000\000'
    printf '\351\105\157\355\000\000\000\010IDAT\170\234\003\000\000\000\000\001\110\006\211\322'
} > huge.png
run 1 --out huge huge.png
says output '^failed: job .* huge\.png has 30000 x 30000 pixels, more than 100 million'
if [ -d huge ] && find huge -type f | grep -q .; then fail "made from a huge one"; fi

# Two of one name do not overwrite each other.
mkdir other
cp good.jpg other/good.jpg
run 0 --out twins good.jpg other/good.jpg
[ "$(find twins -name 'good*-thumb.jpg' | wc -l)" = 2 ] || fail "twins"

run 2 --no-such-option
says errors 'unknown option'
