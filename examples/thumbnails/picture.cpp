#include "picture.hpp"

#include <vips/vips8>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace thumbnails {
namespace {

namespace fs = std::filesystem;

using toril::Error;
using toril::ErrorCode;
using toril::Result;
using toril::Status;
using vips::VError;
using vips::VImage;
using vips::VSource;

constexpr std::int64_t pixels_max = 100'000'000;
constexpr int jpeg_quality = 82;

// The last line of libvips' report, which says most; the others repeat it.
std::string reason(const VError& error) {
    std::string_view text = error.what();
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return std::string(text.substr(text.rfind('\n') + 1));
}

Error no_picture(const std::string& file, const std::string& why) {
    const std::string name = fs::path(file).filename().string();
    return {ErrorCode::unrecoverable, name + " " + why};
}

// Reads the header only: a small file can claim, and then need, gigabytes.
Result<PictureInfo> look_at(const std::string& file) try {
    std::error_code failure;
    const std::uintmax_t bytes = fs::file_size(file, failure);
    if (failure == std::errc::no_such_file_or_directory || fs::is_directory(file))
        return no_picture(file, "is not there");
    if (failure) return Error(ErrorCode::failed, "cannot read " + file + ": " + failure.message());
    // By a source, because in a plain name libvips reads `[...]` as options.
    const VImage header = VImage::new_from_source(VSource::new_from_file(file.c_str()), "");
    const PictureInfo info{file, header.width(), header.height(), static_cast<std::int64_t>(bytes)};
    if (std::int64_t{info.width} * info.height > pixels_max)
        return no_picture(file,
                          "has " + std::to_string(info.width) + " x " +
                              std::to_string(info.height) + " pixels, more than 100 million");
    return info;
} catch (const VError& error) {
    return no_picture(file, "is not a picture that can be read: " + reason(error));
}

// Decodes at the smallest scale that will do, turns it upright, converts it to sRGB. The loader
// is told in words to stop at damage: libvips 8.14 forgets `fail_on` on the way to it.
VImage shrunk(const std::string& file, int width) {
    return VImage::thumbnail_source(VSource::new_from_file(file.c_str()),
                                    width,
                                    VImage::option()
                                        ->set("height", VIPS_MAX_COORD)
                                        ->set("size", VIPS_SIZE_DOWN)
                                        ->set("export_profile", "srgb")
                                        ->set("option_string", "[fail_on=error]"));
}

void save(const VImage& image, const std::string& file, bool with_alpha) {
    if (with_alpha)
        image.pngsave(file.c_str(), VImage::option()->set("strip", true));
    else
        image.jpegsave(file.c_str(), VImage::option()->set("Q", jpeg_quality)->set("strip", true));
}

}  // namespace

Status start_vips(const char* program) {
    setenv("VIPS_WARNING", "off", 0);  // a reason is with the job; stderr is for progress
    if (vips_init(program) != 0) return Error(ErrorCode::failed, vips_error_buffer());
    vips_block_untrusted_set(TRUE);
    vips_concurrency_set(1);
    vips_cache_set_max(0);  // no picture is asked for twice
    return {};
}

Result<Variant> make_variant(const std::string& source,
                             int width,
                             const std::string& folder,
                             const std::string& name) {
    Result<PictureInfo> before = look_at(source);
    if (!before) return before.error();
    const fs::path part = fs::path(folder) / (name + ".part");
    try {
        const VImage image = shrunk(source, width);
        const bool with_alpha = image.has_alpha();
        const fs::path file = fs::path(folder) / (name + (with_alpha ? ".png" : ".jpg"));
        fs::create_directories(folder);
        save(image, part.string(), with_alpha);
        fs::rename(part, file);
        const auto bytes = static_cast<std::int64_t>(fs::file_size(file));
        return Variant{*before, {file.string(), image.width(), image.height(), bytes}};
    } catch (const VError& error) {
        std::error_code ignored;
        fs::remove(part, ignored);
        return no_picture(source, "is damaged or cut short: " + reason(error));
    } catch (const fs::filesystem_error& error) {
        return Error(ErrorCode::failed, error.what());
    }
}

}  // namespace thumbnails
