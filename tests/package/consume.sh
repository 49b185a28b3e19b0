#!/usr/bin/env bash
# Builds and runs main.cpp against toril, one WAY at a time, in a folder of its own.
#
#     consume.sh find_package|pkg_config|add_subdirectory SOURCE BUILD COMPILER
set -euo pipefail
way=$1 source=$2 build=$3 compiler=$4
here=$source/tests/package
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

configure() {
    cmake -S "$here/$way" -B "$folder/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" "$@"
}

# Moved after it was installed: the package may not know where it was made.
install_moved() {
    cmake --install "$build" --component development --prefix "$folder/first" > /dev/null
    mv "$folder/first" "$folder/installed"
}

case $way in
    find_package)
        install_moved
        configure -DCMAKE_PREFIX_PATH="$folder/installed"
        cmake --build "$folder/build"
        ;;
    pkg_config)
        install_moved
        PKG_CONFIG_PATH=$(dirname "$(find "$folder/installed" -name toril.pc)")
        export PKG_CONFIG_PATH
        mkdir "$folder/build"
        # shellcheck disable=SC2046
        "$compiler" -std=c++20 "$here/main.cpp" -o "$folder/build/consumer" \
            $(pkg-config --cflags --libs toril)
        ;;
    add_subdirectory)
        # The library is not built a second time: that it can be is what the tree's own build
        # shows. Here: it configures as a part, stays small, and its headers are found.
        configure -DTORIL_SOURCE="$source" -DCMAKE_CXX_STANDARD=20
        cd "$folder/build"
        eval "$(ninja -t commands "$here/main.cpp^" | tail -n 1)" # makes its object
        exit
        ;;
esac

answer=$("$folder/build/consumer")
[ "$answer" = 6 ] || { echo "consume: the program said '$answer', not 6" >&2; exit 1; }
