#pragma once

// Makes one smaller variant of one picture, with libvips. Knows nothing of jobs.

#include <toril/result.hpp>

#include <cstdint>
#include <string>

namespace thumbnails {

struct PictureInfo {
    std::string file{};
    int width = 0;  // in pixels, as are all widths and heights here
    int height = 0;
    std::int64_t bytes = 0;
};

struct Variant {
    PictureInfo before{};
    PictureInfo after{};
};

// Once per process, before anything else: only loaders that are safe for strangers' files, one
// thread a picture (the worker runs several pictures at a time).
toril::Status start_vips(const char* program);

// Writes `folder`/`name`.jpg, or .png for a picture with transparency: `width` wide, or as wide
// as the original if that is less. The file appears whole or not at all.
//
// Errors: `unrecoverable` for a file that is no picture, is cut short, or has more than 100
// million pixels (looked at before anything is decoded); `failed` when it cannot be read or
// written just now.
toril::Result<Variant> make_variant(const std::string& source,
                                    int width,
                                    const std::string& folder,
                                    const std::string& name);

}  // namespace thumbnails
